"""Test the map on the past: week by week, against plain kernel density and decayed counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from patrol.config.schema import Hotspots
from patrol.hotspot.backtest import Progress, Week
from patrol.hotspot.events import Events, Floats, hours_of_week
from patrol.hotspot.grid import make_grid
from patrol.hotspot.past import Past, group_kinds
from patrol.model.errors import InputError
from patrol.model.incident import Source
from patrol.model.place import Place, Projection
from patrol.store.incidents import IncidentColumns
from patrol.store.marks import BacktestStore, ExclusionStore, KeptBacktest
from patrol.store.quality import FaultStore
from patrol.usecase.backtest_figures import BacktestCase, PublishedMap, evaluate_case
from patrol.usecase.hotspot_inputs import left_out, map_inputs
from patrol.usecase.hotspot_layers import event_weights, shift_hours
from patrol.usecase.incident_part import incident_part
from patrol.usecase.learned_map import segment_past
from patrol.usecase.services import Services
from patrol.usecase.weights import present_weights

SEGMENT_UNIT = "segment"
CELL_UNIT = "cell"
DEFAULT_CELL_M = 150.0


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """Weeks of local days ``[start, end)``, learned from ``train_start`` on (``None``: all).

    ``unit`` is ``segment`` or ``cell:METERS``; ``kinds`` empty means every kind.
    """

    start: date
    end: date
    train_start: date | None = None
    unit: str = f"{CELL_UNIT}:{DEFAULT_CELL_M:g}"
    kinds: frozenset[str] = frozenset()
    seed: int = 1

    def __post_init__(self) -> None:
        if self.end < self.start + timedelta(days=7):
            raise InputError(
                f"the test must hold at least one whole week, got --from {self.start} "
                f"--to {self.end}"
            )
        if self.train_start is not None and self.train_start >= self.start:
            raise InputError(
                f"--train-from must be before --from {self.start}, got {self.train_start}"
            )
        parse_unit(self.unit)


def parse_unit(text: str) -> float | None:
    """The side of a cell in meters; ``None`` for street segments.

    Raises
    ------
    InputError
        If it is neither.
    """
    if text == SEGMENT_UNIT:
        return None
    name, _, size = text.partition(":")
    try:
        cell_m = float(size) if size else DEFAULT_CELL_M
    except ValueError:
        cell_m = float("nan")
    if name != CELL_UNIT or not cell_m > 0:
        raise InputError(f"--unit must be segment or cell:METERS such as cell:150, got {text!r}")
    return cell_m


def run_backtest(
    services: Services, request: BacktestRequest, progress: Progress | None = None
) -> dict[str, Any]:
    """Run the test, keep its figures with the version of the weights, and give them.

    Raises
    ------
    InputError
        If no incident falls into the test, a kind does not occur, or the unit is unknown.
    NotFoundError
        If segments are asked for and no streets are imported.
    """
    case = make_case(services, request)
    hotspots = present_weights(services).hotspots
    published = published_map(services, request, case, hotspots)
    answer = evaluate_case(case, published, request.seed, progress, shift_hours(services))
    answer["kinds"] = sorted(request.kinds)
    answer["from"], answer["to"] = request.start.isoformat(), request.end.isoformat()
    version = services.versions.newest()
    answer["weights_version"] = version
    at = services.clock()
    BacktestStore(services.db).save_backtest(
        KeptBacktest(f"{at:%Y%m%dT%H%M%S%f}", at, version, answer)
    )
    return answer


def published_map(
    services: Services, request: BacktestRequest, case: BacktestCase, hotspots: Hotspots
) -> PublishedMap:
    """The incidents' part of the map under these settings, as it stood at any time.

    On street segments it is what :func:`patrol.usecase.hotspot_map.build_map` makes, hour by hour.
    Cells have no streets to learn a spread along: there it is weights and decay alone.
    """
    if parse_unit(request.unit) is None:
        inputs = map_inputs(services, hotspots)

        def by_hour(at_s: int) -> Floats:
            at = datetime.fromtimestamp(at_s, UTC)
            return incident_part(services, inputs, hotspots, at).whole_week()

        return PublishedMap(by_hour)

    def decayed(at_s: int) -> Floats:
        weights = event_weights(case.events, hotspots, at_s)
        scores: Floats = np.zeros((case.past.unit_count, 1))
        # Cases hold no incident that is on no unit.
        scores[:, 0] += np.bincount(case.events.unit, weights=weights, minlength=len(scores))
        return scores

    return PublishedMap(decayed)


def make_case(services: Services, request: BacktestRequest) -> BacktestCase:
    """Put incidents on cells or street segments.

    Raises
    ------
    InputError, NotFoundError
        As :func:`run_backtest`.
    """
    zone = services.config.county.zone
    weeks = whole_weeks(request.start, request.end, zone)
    since = None if request.train_start is None else _midnight(request.train_start, zone)
    until = datetime.fromtimestamp(weeks[-1].end_s, UTC)
    cell_m = parse_unit(request.unit)
    if cell_m is None:
        return _segment_case(services, request, weeks, since, until)
    columns = services.incidents.columns(since, until)
    faults = {choice.fault for choice in FaultStore(services.db).list_choices()}
    out = left_out(columns, ExclusionStore(services.db).list_points(), faults, zone)
    return cell_case(columns, ~out, request, weeks, cell_m, zone)


def cell_case(
    columns: IncidentColumns,
    keep: NDArray[np.bool_],
    request: BacktestRequest,
    weeks: tuple[Week, ...],
    cell_m: float,
    zone: ZoneInfo,
) -> BacktestCase:
    """Put incidents on cells over the area of the data of the kinds asked for; needs no streets.

    Raises
    ------
    InputError
        If no incident of these kinds has a place.
    """
    target = keep & _target(columns.kinds, columns.kind, columns.sources, columns.source, request)
    known = target & np.isfinite(columns.lon)
    if not known.any():
        raise InputError(f"no incident with a place before {request.end}{_of_kinds(request)}")
    center = Place(float(np.median(columns.lon[known])), float(np.median(columns.lat[known])))
    x_m, y_m = Projection(center).to_xy_m(columns.lon, columns.lat)
    grid = make_grid(np.where(known, x_m, np.nan), np.where(known, y_m, np.nan), cell_m)
    cell = grid.find_cells(np.where(keep, x_m, np.nan), y_m)
    events = Events(
        time_s=columns.time_s,
        unit=cell,
        hour=hours_of_week(columns.time_s, zone),
        kind=columns.kind,
        kinds=columns.kinds,
        source=columns.source,
        sources=tuple(columns.sources),
    )
    on_map = cell >= 0
    group, groups = group_kinds(columns.kind[on_map], columns.kinds, target[on_map])
    past = Past(
        time_s=columns.time_s[on_map],
        unit=cell[on_map],
        x_m=x_m[on_map],
        y_m=y_m[on_map],
        target=target[on_map],
        group=group,
        groups=groups,
        size=np.full(grid.count, cell_m**2),
        center_m=grid.center_m,
    )
    return BacktestCase(
        f"{CELL_UNIT}:{cell_m:g}", past, events.only(on_map), weeks, grid.area_km2, 0.0
    )


def _segment_case(
    services: Services,
    request: BacktestRequest,
    weeks: tuple[Week, ...],
    since: datetime | None,
    until: datetime,
) -> BacktestCase:
    inputs = map_inputs(services, present_weights(services).hotspots)
    events = inputs.events
    start_s = -(2**62) if since is None else int(since.timestamp())
    inside = (events.time_s >= start_s) & (events.time_s < int(until.timestamp()))
    events = events.only(inside & (events.unit >= 0))
    target = _target(events.kinds, events.kind, events.sources, events.source, request)
    if not target.any():
        raise InputError(f"no incident on a street before {request.end}{_of_kinds(request)}")
    past = segment_past(inputs, events, target)
    length_km = float(inputs.network.seg_length_m.sum()) / 1_000
    return BacktestCase(SEGMENT_UNIT, past, events, weeks, 0.0, length_km)


def _target(
    kinds: Sequence[str],
    kind: NDArray[np.int32],
    sources: Sequence[str],
    source: NDArray[np.int32],
    request: BacktestRequest,
) -> NDArray[np.bool_]:
    """Incidents that are forecast: of the kinds asked for, and not found by patrols themselves."""
    strange = request.kinds - set(kinds)
    if strange:
        raise InputError(
            f"no incident of kind {min(strange)!r}; the kinds are: {', '.join(filter(None, kinds))}"
        )
    wanted = np.array([not request.kinds or name in request.kinds for name in kinds], dtype=bool)
    told = np.array([name != Source.PATROL for name in sources], dtype=bool)
    meant: NDArray[np.bool_] = wanted[kind] & told[source] if len(kind) else np.zeros(0, dtype=bool)
    return meant


def _of_kinds(request: BacktestRequest) -> str:
    return f" of kind {', '.join(sorted(request.kinds))}" if request.kinds else ""


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone)


def whole_weeks(start: date, end: date, zone: ZoneInfo) -> tuple[Week, ...]:
    """Weeks from local midnight of ``start`` that end by ``end``; days left over are not tested."""
    count = (end - start).days // 7
    edges = [
        int(_midnight(start + timedelta(days=7 * step), zone).timestamp())
        for step in range(count + 1)
    ]
    return tuple(Week(first, last) for first, last in pairwise(edges))
