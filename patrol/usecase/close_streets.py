"""Close streets for a while, by segment, by name or by place."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from patrol.model.clock import Clock
from patrol.model.errors import InputError
from patrol.model.place import Place
from patrol.model.street import Closure
from patrol.model.unit import Mode
from patrol.routing.streets import StreetNetwork
from patrol.store.streets import StreetStore

NEAR_M = 50.0
"""Farthest a street may lie from the place that is named for it."""


@dataclass(frozen=True, slots=True)
class ClosureRequest:
    """What is to be closed: segments by id, a whole street by name, the street nearest a place."""

    segment_ids: tuple[str, ...] = ()
    name: str = ""
    place: Place | None = None
    modes: frozenset[Mode] = frozenset(Mode)
    start: datetime | None = None
    """``None``: from now on."""
    end: datetime | None = None
    reason: str = ""


def close_streets(streets: StreetStore, clock: Clock, request: ClosureRequest) -> Closure:
    """Close streets and say what was closed.

    Raises
    ------
    NotFoundError
        If no streets were imported yet.
    InputError
        If nothing is named, or what is named is not among the streets.
    """
    network = streets.get_network()
    found = [*request.segment_ids, *_named(network, request.name)]
    if request.place is not None:
        found.append(_nearest(network, request.place))
    if not found:
        raise InputError("name what to close: segments, a street's name or a place")
    closure = Closure(
        id=uuid.uuid4().hex[:8],
        segment_ids=tuple(dict.fromkeys(found)),
        modes=request.modes,
        start=request.start or clock(),
        end=request.end,
        reason=request.reason,
    )
    streets.save_closure(closure)
    return closure


def _named(network: StreetNetwork, name: str) -> Sequence[str]:
    if not name:
        return ()
    ids = [
        network.seg_id[index]
        for index in range(network.segment_count)
        if name in (network.seg_name[index], network.seg_name_en[index])
    ]
    if not ids:
        raise InputError(f"no street is called {name}")
    return ids


def _nearest(network: StreetNetwork, place: Place) -> str:
    index, _ = network.nearest_segments(
        np.array([place.lon]), np.array([place.lat]), within_m=NEAR_M
    )
    if index[0] < 0:
        raise InputError(f"no street within {NEAR_M:.0f} m of {place.lon}, {place.lat}")
    return network.seg_id[int(index[0])]
