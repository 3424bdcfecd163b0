"""``/healthz``: whether this process can serve, for balancers; tells strangers nothing else."""

import logging

from flask import Blueprint, Response

from patrol.model.errors import OutsideError
from patrol.web.caller import get_services
from patrol.web.permit import Openness, allowed
from patrol.web.reply import bad, good

log = logging.getLogger(__name__)

health = Blueprint("health", __name__)


@health.get("/healthz")
@allowed(Openness.PUBLIC)
def healthz() -> Response:
    """200 while database and Redis answer, 503 otherwise."""
    services = get_services()
    try:
        services.stream.newest()
        with services.db.read():
            return good()
    except OutsideError as error:
        log.warning("not healthy: %s", error)
        return bad(error.status, "not ready")
