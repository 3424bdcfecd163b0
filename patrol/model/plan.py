"""Plans: routes of visits for every unit of a shift, as they are kept and shown."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from patrol.model.clock import check_aware
from patrol.model.errors import InputError
from patrol.model.quality import Quality, ReplanNote
from patrol.model.unit import Mode


class PlanStatus(StrEnum):
    """A draft is seen by planners only; one published plan per shift and day is what runs."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a leg: go ``distance_m`` along ``street`` after ``turn``.

    ``turn`` is one of depart, straight, slight_left, left, sharp_left, slight_right, right,
    sharp_right, uturn, arrive; texts in Chinese and English are made from it when shown.
    ``street_en`` is the street's English name; empty where it has none.
    """

    turn: str
    street: str
    distance_m: float
    lon: float
    lat: float
    street_en: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """The way to a visit (or back to base): line of (lon, lat) pairs, length, time, steps."""

    line: tuple[tuple[float, float], ...]
    distance_m: float
    travel_s: int
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One planned stop of a patrol unit at a hotspot; half-open stay ``[arrive, depart)``."""

    hotspot_id: str
    name: str
    lon: float
    lat: float
    arrive: datetime
    dwell_s: int
    value: float
    leg: Leg
    reason: str = ""

    def __post_init__(self) -> None:
        check_aware(self.arrive, f"visit to {self.hotspot_id}: arrive")
        if self.dwell_s < 0:
            raise InputError(
                f"visit to {self.hotspot_id}: dwell_s must be >= 0, got {self.dwell_s}"
            )


@dataclass(frozen=True, slots=True)
class Break:
    """A unit's rest, ``[start, start + length_s)``, after visit ``after`` (-1: none yet)."""

    start: datetime
    length_s: int
    after: int


@dataclass(frozen=True, slots=True)
class Route:
    """One unit's ordered visits of a shift, from its base and back to it."""

    unit_id: str
    mode: Mode
    start: datetime
    end: datetime
    visits: tuple[Visit, ...]
    back: Leg
    rest: Break | None = None

    @property
    def distance_m(self) -> float:
        """Meters travelled, the way back included."""
        return sum(visit.leg.distance_m for visit in self.visits) + self.back.distance_m


@dataclass(frozen=True, slots=True)
class Unserved:
    """A hotspot or key site that no route visits, and why.

    ``window`` is the local time, as in 07:20-08:00, in which a key site is not visited; empty where
    no route visits the place at any time.
    """

    hotspot_id: str
    name: str
    reason: str
    window: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A unit that no route could be planned for, and why.

    ``reason`` is base_unknown or base_off_streets (no street near the base is open to its mode).
    """

    unit_id: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the independent checker said; ``broken`` is empty where the plan keeps every rule."""

    broken: tuple[str, ...]
    value: float

    @property
    def ok(self) -> bool:
        """Whether every rule holds."""
        return not self.broken


@dataclass(frozen=True, slots=True)
class Plan:
    """All routes of a shift with what they are worth.

    ``value`` is in weight x hours covered; ``coverage_share`` in [0, 1] is its part of the most
    that could be covered; ``bound`` is an upper limit of ``value``.
    """

    id: str
    shift: str
    on: date
    start: datetime
    end: datetime
    engine: str
    seed: int
    made: datetime
    value: float
    coverage_share: float
    bound: float
    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    verdict: Verdict
    status: PlanStatus = PlanStatus.DRAFT
    shares: dict[str, float] = field(default_factory=dict)
    """Share of the value by ``town:ID`` and ``mode:NAME``."""
    quality: Quality = field(default_factory=Quality)
    replan: ReplanNote | None = None
    """Set where the plan came out of a re-plan."""
    left_out: tuple[LeftOut, ...] = ()
