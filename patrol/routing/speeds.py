"""How long each mode takes along each street segment."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.config.schema import Band, Routing
from patrol.model.unit import Mode
from patrol.routing.streets import STREET_CLASSES, Floats, StreetNetwork

MPS_PER_KMH = 1 / 3.6
_LINK_KMH = 40.0
"""Slip roads are driven no faster than this, whatever road they lead to."""

_FOOT_SHARE = {"steps": 0.5}
_EBIKE_SHARE = {"pedestrian": 0.4, "footway": 0.4, "path": 0.75, "track": 0.85, "alley": 0.75}
"""Part of the free speed by class: walking pace among walkers, slower on narrow ways."""
_CAR_CLASS = {"alley": "service", "pedestrian": "living_street"}
_CAR_REST = "living_street"
"""Class whose speed cars keep on ways that only a sign opens to them (footways, tracks)."""

_ROUGH_SHARE: dict[Mode, tuple[float, float, float]] = {
    Mode.FOOT: (1.0, 0.95, 0.8),
    Mode.EBIKE: (1.0, 0.8, 0.5),
    Mode.CAR: (1.0, 0.8, 0.5),
}
"""Part of the speed on smooth, rough and bad surfaces; our assumptions, as all speeds are."""


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """Seconds along each directed segment (2 s along the line, 2 s + 1 against it)."""

    seconds: NDArray[np.float64]
    """Without what crossings cost, shape (2 m,)."""

    @property
    def digest(self) -> str:
        """Sixteen hex digits that change with any time."""
        return hashlib.sha256(np.ascontiguousarray(self.seconds).tobytes()).hexdigest()[:16]


def make_pace(
    network: StreetNetwork, mode: Mode, routing: Routing, band: Band | None = None
) -> Pace:
    """Times of one mode by class, surface and posted limit (docs/streets.md has the formula).

    ``band`` is the traffic of some hours, ``None`` the usual.
    """
    settings = routing.modes[mode]
    by_class = np.array([_class_kmh(name, mode, routing) for name in STREET_CLASSES])
    speed_kmh = by_class[network.seg_class]
    if mode is Mode.CAR:
        limit = network.seg_maxspeed_kmh.astype(np.float64)
        speed_kmh = np.where(limit > 0, np.minimum(speed_kmh, limit), speed_kmh)
    speed_kmh = speed_kmh * np.array(_ROUGH_SHARE[mode])[network.seg_rough]
    if band is not None:
        kept = np.array([band.factor(mode, name) for name in STREET_CLASSES])
        speed_kmh = speed_kmh * kept[network.seg_class]
    seconds = network.seg_length_m / (speed_kmh * MPS_PER_KMH) * settings.factor
    slope = network.seg_incline / 100
    both = np.empty(2 * network.segment_count)
    both[0::2] = seconds / slope_share(mode, slope)
    both[1::2] = seconds / slope_share(mode, -slope)
    return Pace(both)


def slope_share(mode: Mode, slope: Floats) -> Floats:
    """Part of the speed on the flat that is kept on a slope (rise over run, up positive).

    Walkers by Tobler's hiking function (1993), never faster than on the flat; e-bikes lose 2.5 % of
    speed for each percent up, to a half; cars nothing.
    """
    if mode is Mode.FOOT:
        tobler: Floats = np.exp(-3.5 * np.abs(slope + 0.05)) / np.exp(-3.5 * 0.05)
        return np.minimum(tobler, 1.0)
    if mode is Mode.EBIKE:
        return np.clip(1 - 2.5 * slope, 0.5, 1.0)
    return np.ones_like(slope)


def _class_kmh(name: str, mode: Mode, routing: Routing) -> float:
    free = routing.modes[mode].speed_kmh
    if mode is Mode.FOOT:
        return free * _FOOT_SHARE.get(name, 1.0)
    if mode is Mode.EBIKE:
        return free * _EBIKE_SHARE.get(name, 1.0)
    speeds = routing.car_kmh.model_dump()
    plain = name.removesuffix("_link")
    speed = float(speeds.get(_CAR_CLASS.get(plain, plain), speeds[_CAR_REST]))
    return min(free, speed, _LINK_KMH) if name.endswith("_link") else min(free, speed)
