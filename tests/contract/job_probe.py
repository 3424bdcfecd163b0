"""Jobs that the bus tests run in a worker."""

import time
from typing import Any

from patrol.model.errors import InputError


def double(context: dict[str, Any], job_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A job that ends well."""
    context["jobs"].report(job_id, {"share": 0.5})
    return {"doubled": payload["n"] * 2}


def refuse(_context: Any, _job_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A job that cannot be done."""
    raise InputError(f"n must be in [1, 9], got {payload['n']}")


def break_down(_context: Any, _job_id: str, _payload: dict[str, Any]) -> dict[str, Any]:
    """A job with a mistake of ours."""
    return {"n": 1 // 0}


def wait_until_cancelled(
    context: dict[str, Any], job_id: str, _payload: dict[str, Any]
) -> dict[str, Any]:
    """A job that looks whether it should stop."""
    deadline = time.monotonic() + 10
    while not context["jobs"].cancelled(job_id) and time.monotonic() < deadline:
        time.sleep(0.02)
    return {"stopped": context["jobs"].cancelled(job_id)}
