"""Trying weights before they are applied: backtests and plans in the background."""

from datetime import date
from typing import Annotated, Any

from flask import Blueprint, Response
from pydantic import Field

from patrol.config.schema import Hotspots
from patrol.model.access import Permission
from patrol.model.errors import InputError
from patrol.store.marks import KeptBacktest
from patrol.usecase.access import write_audit
from patrol.usecase.trial import list_trials
from patrol.usecase.tune import dump_weights
from patrol.usecase.weights import merge_weights, present_weights
from patrol.web.caller import get_caller, get_services
from patrol.web.payload import Payload, read_body
from patrol.web.permit import allowed
from patrol.web.present import Record, iso
from patrol.web.reply import good

trials = Blueprint("trials", __name__)

QUEUE = "trials"
BACKTEST, PLAN = "patrol.worker.trials:backtest", "patrol.worker.trials:plan"


class BacktestTrialPayload(Payload):
    """Weights to test on the last weeks."""

    hotspots: dict[str, Any]
    weeks: Annotated[int, Field(ge=2, le=52)] = 12


class PlanTrialPayload(Payload):
    """Weights to plan a shift with."""

    hotspots: dict[str, Any]
    shift: Annotated[str, Field(min_length=1, max_length=80)]
    date: date
    seconds: Annotated[float, Field(ge=1, le=60)] = 5.0


@trials.get("/trials")
@allowed(Permission.WEIGHTS_TUNE)
def kept() -> Response:
    """Backtests of drafted weights that were kept, newest first."""
    return good(trials=[_record(one) for one in list_trials(get_services())])


@trials.post("/trials/backtest")
@allowed(Permission.WEIGHTS_TUNE)
def backtest() -> Response:
    """Queue a test of drafted weights on past weeks; the answer names the job."""
    body = read_body(BacktestTrialPayload)
    services, caller = get_services(), get_caller()
    payload = _both(body.hotspots) | {
        "weeks": body.weeks,
        "version": services.versions.newest(),
        "actor": caller.name,
    }
    job_id = services.jobs.submit(QUEUE, BACKTEST, payload)
    write_audit(services, caller, "trial.asked", job_id, f"backtest of {body.weeks} weeks")
    return good(202, job_id=job_id)


@trials.post("/trials/plan")
@allowed(Permission.WEIGHTS_TUNE)
def plan() -> Response:
    """Queue a plan of a shift with saved and drafted weights, to compare; none is kept."""
    body = read_body(PlanTrialPayload)
    services, caller = get_services(), get_caller()
    if body.shift not in services.config.shifts:
        known = ", ".join(services.config.shifts)
        raise InputError(f"shift must be one of {known}, got {body.shift}")
    payload = _both(body.hotspots) | {
        "shift": body.shift,
        "on": body.date.isoformat(),
        "seconds": body.seconds,
    }
    job_id = services.jobs.submit(QUEUE, PLAN, payload)
    write_audit(services, caller, "trial.asked", job_id, f"plan of {body.shift} {body.date}")
    return good(202, job_id=job_id)


def _both(partial: dict[str, Any]) -> dict[str, Any]:
    """Saved and drafted weights in full: what is applied meanwhile does not change the trial."""
    saved: Hotspots = present_weights(get_services()).hotspots
    draft = merge_weights(saved, partial)
    if draft == saved:
        raise InputError("hotspots changes nothing: there is nothing to compare")
    return {"saved": dump_weights(saved), "draft": dump_weights(draft)}


def _record(one: KeptBacktest) -> Record:
    return {"id": one.id, "at": iso(one.at), "version": one.version, **one.body}
