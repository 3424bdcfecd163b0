"""Jobs of the planner: called by a worker with its services, the job's id and payload."""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

from patrol.model.errors import InputError
from patrol.model.event import EventKind
from patrol.model.unit import Mode
from patrol.usecase.plan_shift import PlanProgress, PlanRequest, plan_shift
from patrol.usecase.replan import ReplanRequest, replan
from patrol.usecase.services import Services
from patrol.usecase.suggest_bases import suggest_bases
from patrol.usecase.what_if import WhatIf, what_if

REPORT_S = 0.25
"""Progress is told this often at most, and cancelling is noticed this soon."""

BASES_S = 2.0
"""Search of each side of a suggestion of bases."""


def make_plan(services: Services, job_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Plan a shift; the result names the draft. A cancelled job keeps the best so far.

    ``payload``: shift, on (ISO date), seconds, seed and engine (may be null).
    """
    request = read_request(payload)
    last_s = -REPORT_S

    def progress(step: PlanProgress) -> bool:
        nonlocal last_s
        if time.monotonic() - last_s < REPORT_S and step.share < 1:
            return True
        last_s = time.monotonic()
        told = {"share": step.share, "value": step.value, "text": step.text}
        services.jobs.report(job_id, told)
        services.stream.append(EventKind.PLAN_PROGRESS, {"job_id": job_id, **told})
        return not services.jobs.cancelled(job_id)

    plan = plan_shift(services, request, progress)
    return {"plan_id": plan.id, "value": plan.value, "coverage_share": plan.coverage_share}


def replan_shift(services: Services, _job_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Re-plan the running shift; all of ``payload`` is optional.

    ``lost`` (unit ids), ``cause``, ``publish`` (else as configured), ``fresh`` (weights changed).
    """
    publish = payload.get("publish")
    request = ReplanRequest(
        lost=tuple(str(unit) for unit in payload.get("lost") or ()),
        cause=str(payload.get("cause") or "asked"),
        publish=None if publish is None else bool(publish),
        fresh=bool(payload.get("fresh")),
    )
    found = replan(services, request)
    return {
        "plan_id": found.plan.id,
        "old_plan_id": found.note.old_id,
        "state": found.note.state,
        "kept": found.note.kept,
        "moved": found.note.moved,
        "dropped": found.note.dropped,
        "added": found.note.added,
        "took_ms": found.note.took_ms,
    }


def answer_what_if(services: Services, job_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Say what a plan would be worth after a change; ``payload``: plan_id and the question."""
    mode, add = payload.get("mode"), payload.get("add")
    asked = WhatIf(
        unit=payload.get("unit"),
        mode=None if mode is None else Mode(str(mode)),
        add=None if add is None else Mode(str(add)),
        base=payload.get("base"),
        remove=payload.get("remove"),
    )
    answer = what_if(services, str(payload["plan_id"]), asked, _teller(services, job_id))
    return {**asdict(answer), "gain": answer.gain}


def answer_bases(services: Services, job_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Suggest which unit starts from which base; ``payload``: shift and on (ISO date)."""
    on = date.fromisoformat(str(payload["on"]))
    told = _teller(services, job_id)
    found = suggest_bases(services, str(payload["shift"]), on, BASES_S, told)
    return {**asdict(found), "on": on.isoformat(), "gain": found.gain}


def _teller(services: Services, job_id: str) -> Callable[[float], None]:
    """Report a share of the work, now and then."""
    last_s = -REPORT_S

    def told(share: float) -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= REPORT_S:
            last_s = time.monotonic()
            services.jobs.report(job_id, {"share": share})

    return told


def read_request(payload: dict[str, Any]) -> PlanRequest:
    """A plan request from JSON.

    Raises
    ------
    InputError
        If a part is missing or of the wrong kind.
    """
    try:
        return PlanRequest(
            shift=str(payload["shift"]),
            on=date.fromisoformat(str(payload["on"])),
            seconds=None if payload.get("seconds") is None else float(payload["seconds"]),
            seed=None if payload.get("seed") is None else int(payload["seed"]),
            engine=None if payload.get("engine") is None else str(payload["engine"]),
        )
    except KeyError as error:
        raise InputError(f"plan request lacks {error}") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"plan request is not readable: {error}") from error
