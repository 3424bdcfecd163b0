"""The hotspot map, as it is and as it would be with other weights."""

import gzip
import logging
import threading
import time
from datetime import datetime
from typing import Any, ClassVar

import orjson
from flask import Blueprint, Response, current_app

from patrol.config.schema import Hotspots
from patrol.model.access import Permission
from patrol.model.errors import PatrolError
from patrol.usecase.hotspot_map import build_hour_map, map_geojson
from patrol.usecase.learned_map import tell_learned
from patrol.usecase.services import Services
from patrol.usecase.street_scores import (
    StreetScores,
    score_streets,
    street_columns,
    streets_tag,
)
from patrol.usecase.weights import merge_weights, present_weights
from patrol.web.caller import get_services
from patrol.web.payload import PreviewPayload, ScoresPayload, read_body, read_number, read_time
from patrol.web.permit import allowed
from patrol.web.present import iso
from patrol.web.reply import good, kept, kept_json

log = logging.getLogger(__name__)

hotspots = Blueprint("hotspots", __name__)

DEFAULT_LIMIT = 2_000
MAX_LIMIT = 50_000
KEPT_S = 60.0
"""For how long a map that was made is given again: counts come once a minute."""


class MapBook:
    """Makes one map at a time in this process: several at once would only be slower each."""

    EXTENSION: ClassVar[str] = "patrol.maps"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, int], tuple[float, dict[str, Any]]] = {}
        self._streets: tuple[str, bytes] | None = None

    def get_map(self, services: Services, at: datetime, limit: int) -> dict[str, Any]:
        """The map of the hour of ``at`` with the present weights, at most a minute old."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        key = (hour.isoformat(), limit)
        with self._lock:
            made = self._kept.get(key)
            if made is None or time.monotonic() - made[0] > KEPT_S:
                geojson = map_geojson(services, build_hour_map(services, at), limit)
                # One map is a megabyte; only the newest few are worth their memory.
                while len(self._kept) >= 4:
                    del self._kept[next(iter(self._kept))]
                made = self._kept[key] = (time.monotonic(), geojson)
            return made[1]

    def warm(self, services: Services) -> None:
        """Read, snap and learn, so that the first planner need not wait seconds for a map.

        Does nothing before streets are imported; what goes wrong is told to who asks later.
        """
        try:
            self.get_map(services, services.clock(), DEFAULT_LIMIT)
        except PatrolError as error:
            log.info("hotspots: not warm: %s", error)

    def preview(
        self, services: Services, at: datetime, limit: int, weights: Hotspots
    ) -> dict[str, Any]:
        """A map with other weights; never kept."""
        with self._lock:
            return map_geojson(services, build_hour_map(services, at, weights=weights), limit)

    def get_streets(self, services: Services) -> tuple[str, bytes]:
        """The streets as :func:`street_columns` gives them, packed, and what names this state."""
        with self._lock:
            tag = streets_tag(services)
            if self._streets is None or self._streets[0] != tag:
                body = orjson.dumps({"ok": True, **street_columns(services)})
                self._streets = tag, gzip.compress(body, 6)
            return self._streets

    def score(self, services: Services, body: ScoresPayload) -> StreetScores:
        """Scores with the weights of a request, its wishes merged into the present ones."""
        weights = merge_weights(present_weights(services).hotspots, body.hotspots)
        at = body.at or services.clock()
        with self._lock:
            return score_streets(services, at, weights, body.explain, body.top)

    def forget(self) -> None:
        """The weights have changed: what was made is of no use."""
        with self._lock:
            self._kept.clear()


def get_book() -> MapBook:
    """The maps of this process."""
    book: MapBook = current_app.extensions[MapBook.EXTENSION]
    return book


@hotspots.get("/hotspots")
@allowed(Permission.HOTSPOT_SEE)
def the_map() -> Response:
    """The highest street segments of an hour with their reasons, as GeoJSON."""
    services = get_services()
    at = read_time("at", services.clock())
    limit = read_number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    made = get_book().get_map(services, at, limit)
    return kept_json({"ok": True, **made}, "application/geo+json")


@hotspots.post("/hotspots/preview")
@allowed(Permission.WEIGHTS_TUNE)
def preview() -> Response:
    """The map as it would be with other weights, and how long it took."""
    services = get_services()
    body = read_body(PreviewPayload)
    weights = merge_weights(present_weights(services).hotspots, body.hotspots)
    began = time.perf_counter()
    made = get_book().preview(services, body.at or services.clock(), body.limit, weights)
    return good(**made, ms=round((time.perf_counter() - began) * 1000, 1))


@hotspots.get("/hotspots/streets")
@allowed(Permission.HOTSPOT_SEE)
def streets() -> Response:
    """Lines, names and towns of all street segments, to which scores are given by position."""
    tag, body = get_book().get_streets(get_services())
    return kept(body, "application/json", etag=tag, packed=True)


@hotspots.get("/hotspots/learned")
@allowed(Permission.WEIGHTS_TUNE)
def learned() -> Response:
    """What ``auto`` stands for now: the hour's share, and each kind's half-life and smoothing."""
    services = get_services()
    return good(**tell_learned(services, services.clock()))


@hotspots.post("/hotspots/scores")
@allowed(Permission.WEIGHTS_TUNE)
def scores() -> Response:
    """One score a segment as it would be with other weights, and the reasons of some."""
    services = get_services()
    body = read_body(ScoresPayload)
    began = time.perf_counter()
    found = get_book().score(services, body)
    return good(
        at=iso(found.at),
        streets=found.streets,
        scores=found.scores,
        reasons={str(index): reasons for index, reasons in found.reasons.items()},
        version=services.versions.newest(),
        ms=round((time.perf_counter() - began) * 1000, 1),
    )
