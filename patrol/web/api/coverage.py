"""Which streets are seen by a camera, by a patrol, by both, by neither: figures and a layer."""

import threading
from collections.abc import Hashable

from flask import Blueprint, Response, current_app, request

from patrol.model.access import Permission
from patrol.model.errors import InputError
from patrol.store.rows import to_json
from patrol.usecase.services import Services
from patrol.usecase.street_coverage import (
    MOST_DAYS,
    CoverageRequest,
    PatrolBasis,
    StreetCoverage,
    coverage_geojson,
    coverage_json,
    measure_coverage,
)
from patrol.web.caller import get_services
from patrol.web.payload import read_number
from patrol.web.permit import allowed
from patrol.web.reply import good, kept_json

coverage = Blueprint("coverage", __name__)


class CoverageBook:
    """Keeps the last answer: figures and layer are asked for one after the other."""

    EXTENSION = "patrol.coverage"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: Hashable = None
        self._found: StreetCoverage | None = None

    def measure(self, services: Services, wanted: CoverageRequest) -> StreetCoverage:
        """The coverage; one at a time, as it takes a processor for a while."""
        with self._lock:
            key = (wanted, *_mark(services))
            if self._found is None or key != self._key:
                self._found, self._key = measure_coverage(services, wanted), key
            return self._found


def _mark(services: Services) -> tuple[Hashable, ...]:
    """What an answer depends on; passes count from minute to minute."""
    network = services.streets.find_network()
    now = services.clock().replace(second=0, microsecond=0)
    plan_ids = tuple(plan.id for plan in services.plans.list_plans(20))
    return (
        None if network is None else network.digest,
        to_json(services.cameras.list_cameras()),
        plan_ids,
        now,
    )


@coverage.get("/coverage")
@allowed(Permission.MAP_SEE, Permission.CAMERA_EDIT, Permission.REPORT_SEE)
def figures() -> Response:
    """Street length by what sees it, by town; patrols of the last `days`, `by` plan or passes."""
    return good(**coverage_json(_measure()))


@coverage.get("/coverage.geojson")
@allowed(Permission.MAP_SEE, Permission.CAMERA_EDIT, Permission.REPORT_SEE)
def layer() -> Response:
    """The same as pieces of street, one feature for each of both, camera, patrol and neither."""
    return kept_json(coverage_geojson(_measure()), "application/geo+json")


def _measure() -> StreetCoverage:
    days = read_number("days", CoverageRequest().days, 1, MOST_DAYS)
    by = request.args.get("by", PatrolBasis.PLAN.value)
    if by not in set(PatrolBasis):
        raise InputError(f"by must be one of {', '.join(PatrolBasis)}, got {by}")
    book: CoverageBook = current_app.extensions[CoverageBook.EXTENSION]
    return book.measure(get_services(), CoverageRequest(days, PatrolBasis(by)))
