"""Long work: how far it has got, and stopping it."""

from flask import Blueprint, Response

from patrol.bus.jobs import JobState
from patrol.model.access import Permission
from patrol.model.errors import NotFoundError
from patrol.web.caller import get_services
from patrol.web.permit import allowed
from patrol.web.present import Record
from patrol.web.reply import good

jobs = Blueprint("jobs", __name__)


@jobs.get("/jobs/<job_id>")
@allowed(Permission.PLAN_MAKE)
def job(job_id: str) -> Response:
    """A job's state, progress, result or error."""
    return good(**_record(_get(job_id)))


@jobs.delete("/jobs/<job_id>")
@allowed(Permission.PLAN_MAKE)
def cancel(job_id: str) -> Response:
    """Take the job off its queue, or ask it to stop with the best plan it has."""
    _get(job_id)
    get_services().jobs.cancel(job_id)
    return good(**_record(_get(job_id)))


def _get(job_id: str) -> JobState:
    found = get_services().jobs.find(job_id)
    if found is None:
        raise NotFoundError(f"job {job_id} does not exist")
    return found


def _record(state: JobState) -> Record:
    return {
        "id": state.id,
        "state": state.state,
        "progress": state.progress,
        "result": state.result,
        "error": state.error,
    }
