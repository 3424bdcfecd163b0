"""The made county's true risk: how many reports each street is to expect, by kind, hour and age.

The truth is a sum of parts. A part is either the background of a kind, which depends on the class
of the street, or a place where more happens, which fades with the distance from it. Every part has
its own hours and its own span of the year, so that a map must forget what is over.
Reports are drawn from exactly these rates; a test can therefore ask how close a map comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from patrol.demo.drawing import Point

Floats = NDArray[np.float64]

YEAR_D = 365.0
MORNING = (7, 8, 9, 10)
DAY = (9, 10, 11, 14, 15, 16, 17)
EVENING = (17, 18, 19, 20, 21)
NIGHT = (20, 21, 22, 23, 0, 1)
SMALL_HOURS = (0, 1, 2, 3, 4)

CLASS_FACTOR: Mapping[str, float] = MappingProxyType(
    {
        "primary": 0.25,
        "secondary": 1.4,
        "tertiary": 1.1,
        "unclassified": 0.15,
        "residential": 1.0,
        "alley": 0.9,
        "service": 0.7,
        "pedestrian": 2.0,
        "footway": 0.6,
        "steps": 0.4,
        "cycleway": 0.3,
        "path": 0.3,
        "track": 0.03,
    }
)
"""Background reports per meter of street by its class, relative to a residential street."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of report: how many the background brings in a year, and at which hours."""

    name: str
    per_year: float
    hours: tuple[int, ...]
    rest_share: float = 0.3
    """Share of the reports that fall into the other hours, evenly."""


@dataclass(frozen=True, slots=True)
class HotPlace:
    """A place where more happens than on streets of its kind.

    ``per_year`` is by kind; ``spread_m`` the standard deviation of the distance; ``span`` the part
    of the year, oldest first, in which it is so: (0, 1) is all of it.
    """

    name: str
    at: Point
    spread_m: float
    per_year: Mapping[str, float]
    hours: tuple[int, ...]
    span: tuple[float, float] = (0.0, 1.0)
    weekend_factor: float = 1.0


KINDS = (
    Kind("theft", 900, DAY),
    Kind("ebike_theft", 800, NIGHT),
    Kind("dispute", 1_000, EVENING),
    Kind("burglary", 420, SMALL_HOURS, 0.5),
    Kind("assault", 260, NIGHT),
    Kind("traffic", 640, (*MORNING, *EVENING)),
    Kind("noise", 420, NIGHT),
)

HOT_PLACES = (
    HotPlace(
        "night market",
        (130, -70),
        130,
        {"theft": 230, "assault": 70, "dispute": 90, "noise": 60},
        NIGHT,
        weekend_factor=1.6,
    ),
    HotPlace(
        "bar street",
        (760, 420),
        110,
        {"assault": 140, "noise": 120, "dispute": 60},
        NIGHT,
        weekend_factor=2.0,
    ),
    HotPlace("bus station", (1_480, 640), 140, {"theft": 210, "dispute": 60}, DAY),
    HotPlace("central market", (240, 260), 120, {"theft": 170, "dispute": 70}, MORNING),
    HotPlace("hospital", (-780, -860), 120, {"ebike_theft": 130, "theft": 60, "dispute": 40}, DAY),
    HotPlace("vocational school", (-1_480, 910), 150, {"ebike_theft": 110, "assault": 40}, EVENING),
    HotPlace(
        "Jiangnan estate", (1_560, -900), 200, {"burglary": 110, "ebike_theft": 90}, SMALL_HOURS
    ),
    HotPlace("Shiqiao market", (7_120, 4_420), 130, {"theft": 120, "dispute": 50}, MORNING),
    HotPlace(
        "Shiqiao factories", (7_500, 3_700), 220, {"ebike_theft": 140, "dispute": 40}, EVENING
    ),
    HotPlace(
        "Liuwan fair",
        (-6_180, -4_820),
        140,
        {"theft": 90, "dispute": 50},
        MORNING,
        weekend_factor=2.5,
    ),
    HotPlace(
        "old fairground, closed",
        (-1_050, 150),
        150,
        {"theft": 300, "assault": 60},
        NIGHT,
        span=(0.0, 0.4),
    ),
    HotPlace(
        "new metro works", (620, -1_020), 140, {"theft": 180, "traffic": 60}, DAY, span=(0.75, 1.0)
    ),
)


@dataclass(frozen=True, slots=True)
class Streets:
    """Pieces of street as the truth sees them: middles in meters, lengths and classes."""

    x_m: Floats
    y_m: Floats
    length_m: Floats
    classes: Sequence[str]

    @property
    def factor(self) -> Floats:
        """Background per meter relative to a residential street, shape (n,)."""
        return np.array([CLASS_FACTOR.get(name, 0.1) for name in self.classes])


def background_shares(streets: Streets) -> Floats:
    """Share of a kind's background that falls on each piece, shape (n,), summing to 1."""
    weight = streets.length_m * streets.factor
    return np.asarray(weight / weight.sum())


def place_shares(streets: Streets, place: HotPlace) -> Floats:
    """Share of a hot place's reports that falls on each piece, shape (n,), summing to 1."""
    distance_sq = (streets.x_m - place.at[0]) ** 2 + (streets.y_m - place.at[1]) ** 2
    near = np.exp(-distance_sq / (2 * place.spread_m**2))
    weight = streets.length_m * streets.factor * near
    return np.asarray(weight / weight.sum())


def true_rates(streets: Streets, *, at_share: float = 1.0, hour: int | None = None) -> Floats:
    """Reports a year that each piece is to expect, as things are at one time.

    Parameters
    ----------
    streets
        The pieces; for a comparison with a map, its segments.
    at_share
        The time as a part of the made year, 0 its first day, 1 its last.
    hour
        Local hour of the day to ask about; ``None`` for the whole day.

    Returns
    -------
    rates
        Shape (n,), reports a year of all kinds together; by hour, those of that hour.
    """
    rates: Floats = np.zeros(len(streets.length_m))
    for kind in KINDS:
        part = 1.0 if hour is None else hour_shares(kind.hours, kind.rest_share)[hour]
        rates += kind.per_year * part * background_shares(streets)
    for place in HOT_PLACES:
        if place.span[0] <= at_share <= place.span[1]:
            part = 1.0 if hour is None else hour_shares(place.hours)[hour]
            rates += sum(place.per_year.values()) * part * place_shares(streets, place)
    return rates


def hour_shares(hours: Sequence[int], rest_share: float = 0.2) -> Floats:
    """Share of reports by hour of the day, shape (24,): evenly in ``hours``, the rest elsewhere."""
    inside = np.zeros(24, dtype=bool)
    inside[list(hours)] = True
    shares: Floats = np.where(
        inside, (1 - rest_share) / inside.sum(), rest_share / (24 - inside.sum())
    )
    return shares
