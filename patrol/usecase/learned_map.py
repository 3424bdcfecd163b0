"""What the county's own incidents teach about the map, learned once a week and kept.

Learning takes a second or two and does not depend on weights, so that trying weights never waits
for it. Every process learns for itself; for the same incidents all of them learn the same.
"""

import logging
import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from patrol.config.schema import GENERAL_BLEND_SHARE
from patrol.hotspot.events import WEEK_H, Events, Floats
from patrol.hotspot.habits import Habits, learn_habits, street_spread
from patrol.hotspot.learn import Learned, Learner
from patrol.hotspot.lift import Lift, forecast_lift, habit_scores
from patrol.hotspot.past import WEEK_S, Past, group_kinds
from patrol.hotspot.shifts import ShiftMap
from patrol.model.incident import Source
from patrol.store.database import Database
from patrol.usecase.hotspot_inputs import MapInputs, map_inputs
from patrol.usecase.hotspot_layers import shift_hours
from patrol.usecase.services import Services
from patrol.usecase.weights import present_weights

log = logging.getLogger(__name__)

Kept = TypeVar("Kept")

_GROWTH = 0.05
"""Growth of the number of incidents after which everything is learned anew within a week."""
_MOST_KEPT = 64
"""Weeks and days whose results are kept; a trial goes over a year's weeks twice."""


@dataclass(frozen=True, slots=True, eq=False)
class LearnedMap:
    """Habits of every kind, how weight spreads along the streets (m, m), and the lift.

    ``lift`` is ``None`` where there is too little to forecast from.
    """

    habits: Habits
    spread: csr_array
    lift: Lift | None


@dataclass(frozen=True, slots=True, eq=False)
class _Week:
    """What the weeks before one taught."""

    habits: Habits
    learned: Learned
    shifts: tuple[tuple[ShiftMap, Floats], ...]
    """Shifts that have places of their own, each with the shares it learned."""
    column: NDArray[np.int64]
    """Which shift each hour of week (168,) belongs to, counted from 1; 0 for none."""


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    spread_of: str = ""
    spread: csr_array | None = None
    case_of: Hashable = None
    case: "_Case | None" = None
    weeks: "OrderedDict[Hashable, _Week]" = field(default_factory=OrderedDict)
    maps: "OrderedDict[Hashable, LearnedMap]" = field(default_factory=OrderedDict)


# Keyed by the open database, so that a closed one takes its arrays with it.
_kept: "weakref.WeakKeyDictionary[Database, _Kept]" = weakref.WeakKeyDictionary()
_kept_lock = threading.Lock()


def street_spreading(services: Services, inputs: MapInputs) -> csr_array:
    """:func:`patrol.hotspot.habits.street_spread` of the county's streets, made once."""
    kept = _of(services)
    with kept.lock:
        return _spread(kept, inputs)


def learned_map(services: Services, inputs: MapInputs, at: datetime, band_h: int) -> LearnedMap:
    """What was learned for the local day of ``at``; nothing after ``at`` is looked at.

    Shares are learned anew each week, or when many more incidents have come; the forecast is made
    anew each day.
    """
    kept = _of(services)
    local = at.astimezone(services.config.county.zone)
    day_s = int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
    with kept.lock:
        spread = _spread(kept, inputs)
        events = inputs.events
        grown = int(np.log1p(events.count) / np.log1p(_GROWTH))
        state = (inputs.network.digest, grown, events.kinds, events.sources)
        if kept.case is None or kept.case_of != state:
            kept.case, kept.case_of = _make_case(inputs), state
            kept.weeks.clear()
            kept.maps.clear()
        wanted = (day_s, band_h)
        made = kept.maps.get(wanted)
        if made is None:
            week_s = day_s // WEEK_S * WEEK_S
            week = kept.weeks.get((week_s, band_h))
            if week is None:
                week = _learn_week(kept.case, spread, week_s, band_h, shift_hours(services))
                _keep(kept.weeks, (week_s, band_h), week)
            made = LearnedMap(week.habits, spread, _lift(kept.case, week, spread, day_s, band_h))
            _keep(kept.maps, wanted, made)
        return made


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """The incidents on streets that patrols did not find themselves, and who learns from them."""

    events: Events
    length_m: Floats
    past: Past
    learner: Learner


def _make_case(inputs: MapInputs) -> _Case:
    events = inputs.events
    events = events.only(_told(events) & (events.unit >= 0))
    past = segment_past(inputs, events)
    return _Case(events, inputs.network.seg_length_m, past, Learner(past))


def tell_learned(services: Services, at: datetime) -> dict[str, Any]:
    """What ``auto`` stands for at a time: the hour's share, and memory and spread of every kind.

    A memory is the half-life that would weigh a steady stream of incidents as much in all.

    Raises
    ------
    NotFoundError
        If no streets are imported yet.
    """
    hotspots = present_weights(services).hotspots
    inputs = map_inputs(services, hotspots)
    made = learned_map(services, inputs, at, hotspots.band_h)
    share = made.habits.shift_blend_share
    return {
        "shift_blend_share": round(GENERAL_BLEND_SHARE if share is None else share, 3),
        "forecast": made.lift is not None,
        "kinds": [
            {
                "kind": kind,
                "half_life_d": round(habit.decay.mean_half_life_d, 1),
                "smoothing_share": round(habit.smooth_share, 3),
                "learned_from": habit.learned_from,
            }
            for kind, habit in zip(inputs.events.kinds, made.habits.kinds, strict=True)
        ],
    }


def segment_past(
    inputs: MapInputs, events: Events, target: NDArray[np.bool_] | None = None
) -> Past:
    """Incidents on street segments as the past of a forecast; each stands at its street's middle.

    Parameters
    ----------
    events
        Those of ``inputs``, or some of them; those on no street are left out.
    target
        Which of them are forecast, (n,); all that patrols did not find themselves by default.
    """
    if target is None:
        target = _told(events)
    on_map = events.unit >= 0
    events, target = events.only(on_map), target[on_map]
    network = inputs.network
    x_m, y_m = network.projection.to_xy_m(inputs.midpoints[:, 0], inputs.midpoints[:, 1])
    group, groups = group_kinds(events.kind, events.kinds, target)
    return Past(
        time_s=events.time_s,
        unit=events.unit,
        # The kernel smooths between segments.
        x_m=x_m[events.unit],
        y_m=y_m[events.unit],
        target=target,
        group=group,
        groups=groups,
        size=np.maximum(network.seg_length_m, 1.0),
        center_m=np.column_stack((x_m, y_m)),
    )


def _learn_week(
    case: _Case,
    spread: csr_array,
    week_s: int,
    band_h: int,
    shifts: Mapping[str, NDArray[np.bool_]],
) -> _Week:
    habits = learn_habits(case.events, spread, case.length_m, week_s, band_h)
    learned = case.learner.learn(week_s)
    log.info(
        "habits of %d kinds learned from %d incidents", len(case.events.kinds), case.events.count
    )
    found: list[tuple[ShiftMap, Floats]] = []
    column = np.zeros(WEEK_H, dtype=np.int64)
    for hours in shifts.values() if learned.weeks else ():
        shift = ShiftMap(case.learner, case.past, hours[case.events.hour])
        shares = shift.learn(week_s)
        if shares is not None:
            found.append((shift, shares))
            column[hours[:WEEK_H]] = len(found)
    return _Week(habits, learned, tuple(found), column)


def _lift(case: _Case, week: _Week, spread: csr_array, day_s: int, band_h: int) -> Lift | None:
    if not week.learned.weeks:
        return None
    share = week.habits.shift_blend_share
    share = GENERAL_BLEND_SHARE if share is None else share
    by_hour = habit_scores(case.events, week.habits, spread, day_s, band_h, share)
    whole = case.learner.look(day_s, week.learned, keep=False)
    factors = [forecast_lift(whole, by_hour.mean(axis=1))]
    for number, (shift, shares) in enumerate(week.shifts, start=1):
        mine = week.column == number
        if mine.any():
            wanted = shift.look(day_s, shares, whole)
            factors.append(forecast_lift(wanted, by_hour[:, mine].mean(axis=1)))
        else:
            factors.append(factors[0])  # Every hour of it belongs to another shift as well.
    return Lift(np.stack(factors, axis=1), week.column)


def _told(events: Events) -> NDArray[np.bool_]:
    told = np.array([name != Source.PATROL for name in events.sources], dtype=np.bool_)
    return told[events.source] if events.count else np.zeros(0, dtype=np.bool_)


def _of(services: Services) -> _Kept:
    with _kept_lock:
        return _kept.setdefault(services.db, _Kept())


def _spread(kept: _Kept, inputs: MapInputs) -> csr_array:
    network = inputs.network
    if kept.spread is None or kept.spread_of != network.digest:
        kept.spread = street_spread(network.seg_from, network.seg_to, network.node_count)
        kept.spread_of = network.digest
    return kept.spread


def _keep(found: "OrderedDict[Hashable, Kept]", key: Hashable, value: Kept) -> None:
    found[key] = value
    while len(found) > _MOST_KEPT:
        found.popitem(last=False)
