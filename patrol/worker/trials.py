"""Trials of weights: called by a worker of their own, so that no plan ever waits behind one."""

import os
import time
from datetime import date
from typing import Any

from patrol.bus.jobs import make_worker
from patrol.config.schema import Hotspots
from patrol.usecase.services import Services
from patrol.usecase.trial import Trial, try_weights

QUEUES = ("trials",)
NICE = 10
"""A trial may take its time; what dispatchers wait for comes first."""
REPORT_S = 0.25


def run_trials(services: Services) -> None:
    """Work until the process is told to end."""
    os.nice(NICE)
    make_worker(services.redis, QUEUES, services).work(logging_level="WARNING")


def backtest(services: Services, job_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Forecast past weeks with saved and drafted weights.

    ``payload``: saved and draft (whole sections), weeks, version, actor.
    """
    trial = Trial(
        saved=Hotspots.model_validate(payload["saved"]),
        draft=Hotspots.model_validate(payload["draft"]),
        weeks=int(payload["weeks"]),
        version=int(payload["version"]),
        actor=str(payload["actor"]),
    )
    told = _Told(services, job_id)
    return try_weights(
        services,
        trial,
        lambda name, share: told.report(share, name),
        lambda: services.jobs.cancelled(job_id),
    )


def plan(services: Services, job_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Plan a shift with saved and drafted weights; nothing is kept.

    ``payload``: saved and draft (whole sections), shift, on, seconds.
    """
    # The engines take seconds and 200 MB to import; backtests do without.
    from patrol.usecase.plan_shift import PlanProgress  # noqa: PLC0415
    from patrol.usecase.trial_plan import PlanTrial, try_plan  # noqa: PLC0415

    trial = PlanTrial(
        saved=Hotspots.model_validate(payload["saved"]),
        draft=Hotspots.model_validate(payload["draft"]),
        shift=str(payload["shift"]),
        on=date.fromisoformat(str(payload["on"])),
        seconds=float(payload["seconds"]),
    )
    told = _Told(services, job_id)

    def progress(step: PlanProgress) -> bool:
        told.report(step.share, step.text)
        return not services.jobs.cancelled(job_id)

    return try_plan(services, trial, progress)


class _Told:
    """Says how far a job has got, not more often than anybody looks."""

    def __init__(self, services: Services, job_id: str) -> None:
        self._services = services
        self._job_id = job_id
        self._last_s = -REPORT_S

    def report(self, share: float, text: str) -> None:
        now_s = time.monotonic()
        if now_s - self._last_s < REPORT_S and share < 1:
            return
        self._last_s = now_s
        self._services.jobs.report(self._job_id, {"share": share, "text": text})
