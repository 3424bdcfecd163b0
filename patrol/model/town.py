"""Towns, key sites and residents' answers: what a county is divided into and what it must keep."""

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from patrol.model.errors import InputError
from patrol.model.place import Place

Ring = tuple[tuple[float, float], ...]
"""A closed ring of (lon, lat) pairs, WGS 84 degrees."""


@dataclass(frozen=True, slots=True)
class Town:
    """An administrative area with its outline.

    ``polygons`` holds polygons, each a tuple of rings: the outer one first, then holes.
    """

    id: str
    name: str
    polygons: tuple[tuple[Ring, ...], ...]
    residents: int | None = None

    def __post_init__(self) -> None:
        if not self.polygons or any(len(ring) < 4 for poly in self.polygons for ring in poly):
            raise InputError(f"town {self.id}: every ring needs at least 4 points")


class SiteKind(StrEnum):
    """Kinds of key sites."""

    SCHOOL = "school"
    HOSPITAL = "hospital"
    MARKET = "market"
    BANK = "bank"
    STATION = "station"
    VENUE = "venue"
    WORSHIP = "worship"
    ESTATE = "estate"
    GOVERNMENT = "government"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Window:
    """A daily window of local time, half-open ``[start, end)``; ``end`` may be past midnight."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise InputError(f"window must not be empty, got {self.start}-{self.end}")


@dataclass(frozen=True, slots=True)
class KeySite:
    """A place worth presence for what it is: visited in its windows, or at its cadence.

    It counts on the days ``[first, last]``, both inclusive; ``None``: from ever, for ever.
    """

    id: str
    name: str
    kind: SiteKind
    place: Place
    weight: float = 1.0
    windows: tuple[Window, ...] = ()
    cadence_min: int | None = None
    town_id: str | None = None
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise InputError(f"site {self.id}: last {self.last} is before first {self.first}")
        if not 0 < self.weight <= 100:
            raise InputError(f"site {self.id}: weight must be in (0, 100], got {self.weight}")
        if self.cadence_min is not None and not 15 <= self.cadence_min <= 1440:
            raise InputError(
                f"site {self.id}: cadence_min must be in [15, 1440], got {self.cadence_min}"
            )

    def counts_on(self, day: date) -> bool:
        """Whether the day is one of the site's."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """How many of those asked in a town on a day said that they feel safe."""

    town_id: str
    on: date
    asked: int
    safe: int
    quarter: str = ""

    def __post_init__(self) -> None:
        if self.asked < 1:
            raise InputError(f"survey of {self.town_id}: asked must be >= 1, got {self.asked}")
        if not 0 <= self.safe <= self.asked:
            raise InputError(
                f"survey of {self.town_id}: safe must be in [0, {self.asked}], got {self.safe}"
            )


@dataclass(frozen=True, slots=True)
class Campaign:
    """Dated extra weight: on incident kinds, site kinds or towns, ``[first, last]`` inclusive.

    ``radius_m`` > 0 means the surroundings of the sites of its kinds as well: what it adds to a
    site is spread over the streets that near. ``reason`` says why, ``actor`` who made it.
    """

    id: str
    name: str
    first: date
    last: date
    factor: float
    incident_kinds: frozenset[str] = field(default_factory=frozenset)
    site_kinds: frozenset[SiteKind] = field(default_factory=frozenset)
    town_ids: frozenset[str] = field(default_factory=frozenset)
    radius_m: float = 0.0
    reason: str = ""
    actor: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.radius_m <= 1_000:
            raise InputError(
                f"campaign {self.id}: radius_m must be in [0, 1000], got {self.radius_m}"
            )
        if self.radius_m and not self.site_kinds:
            raise InputError(f"campaign {self.id}: radius_m needs site kinds to lie around")
        if self.last < self.first:
            raise InputError(f"campaign {self.id}: last {self.last} is before first {self.first}")
        if not 0 < self.factor <= 10:
            raise InputError(f"campaign {self.id}: factor must be in (0, 10], got {self.factor}")

    def counts_on(self, day: date) -> bool:
        """Whether the day is one of the campaign's."""
        return self.first <= day <= self.last
