"""What a plan is like beside its value: fair, quick to respond, hard to foresee, re-planned how.

Pages and reports show these; nothing is decided by them after the plan was chosen.
"""

from dataclasses import dataclass, field
from datetime import datetime, time

from patrol.model.unit import Mode

NIGHT = (time(22), time(6))
"""Local hours that count as night work."""


@dataclass(frozen=True, slots=True)
class BoundNote:
    """Where a plan's bound comes from: method, rounds of prices and CPU seconds."""

    method: str = ""
    rounds: int = 0
    cpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """What one unit does: time on its way or at stops, distance, and active time at night."""

    unit_id: str
    mode: Mode
    active_s: int
    distance_m: int
    night_s: int


@dataclass(frozen=True, slots=True)
class LoadSpread:
    """Least, mean and most of one measure (active_s, distance_m, night_s) over a mode's units."""

    mode: Mode
    what: str
    least: float
    mean: float
    most: float
    apart_share: float


@dataclass(frozen=True, slots=True)
class ResponseGap:
    """A time in which nobody able could be at a hotspot within its ring; ``best_s``: soonest."""

    hotspot_id: str
    name: str
    begin: datetime
    end: datetime
    limit_s: int
    best_s: int | None


@dataclass(frozen=True, slots=True)
class ResponseNote:
    """The response guarantee: share of weight x time kept, by class, and the worst gaps."""

    kept_share: float
    missed: float
    by_class: tuple[float | None, ...]
    rings_min: tuple[int, ...]
    gaps: tuple[ResponseGap, ...] = ()
    gaps_total: int = 0


@dataclass(frozen=True, slots=True)
class PassNote:
    """What units cover on their way past hotspots, beyond what their stops do.

    A pass covers a place for ``cover_min`` minutes; ``value``, in weight x hours, is not part of
    the plan's own, because engines do not search for it.
    """

    cover_min: int
    passes: int
    places: int
    value: float


@dataclass(frozen=True, slots=True)
class ChoiceNote:
    """How this plan was drawn among those nearly as good.

    ``near`` of ``tried`` plans were within the allowed share of the best; ``cost_share`` is what
    the choice cost. The observer has seen the visits of ``days`` days: ``hit_rate`` of the guesses
    come true, ``chance`` would without having looked; both 0 where there is no history.
    """

    tried: int
    near: int
    cost_share: float
    days: int
    hit_rate: float
    chance: float

    @property
    def lift(self) -> float:
        """Hit rate over chance; 1 where nothing was seen."""
        return self.hit_rate / self.chance if self.chance > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """All notes on a plan."""

    bound: BoundNote = field(default_factory=BoundNote)
    loads: tuple[UnitLoad, ...] = ()
    spreads: tuple[LoadSpread, ...] = ()
    response: ResponseNote | None = None
    choice: ChoiceNote | None = None
    passes: PassNote | None = None
    values: dict[str, float] = field(default_factory=dict)
    """Value, in weight x hours, by ``town:ID`` and ``mode:NAME``."""
    town_shortfalls: dict[str, float] = field(default_factory=dict)
    """By how much of the value towns stay under their least share."""
    explored: int = 0
    """Visits at places that the map does not favor (exploration)."""


@dataclass(frozen=True, slots=True)
class StopChange:
    """One stop that a re-plan took, gave or moved; ``unit_id`` had or has it, ``from_unit`` before.

    ``what`` is dropped, added or moved.
    """

    what: str
    hotspot_id: str
    name: str
    unit_id: str
    arrive: datetime
    from_unit: str | None = None


@dataclass(frozen=True, slots=True)
class ReplanNote:
    """What a re-planned plan came from and how it differs.

    ``state`` is proposed, running, refused, undone or superseded; ``value_before`` is what the old
    plan's stops that still fit would be worth (cover and duties), ``value_after`` what the new plan
    is.
    """

    old_id: str
    cause: str
    at: datetime
    state: str
    kept: int
    moved: int
    dropped: int
    added: int
    value_before: float
    value_after: float
    took_ms: int
    changes: tuple[StopChange, ...] = ()
    lost: tuple[str, ...] = ()
    """Units that have left the shift, by this re-plan or an earlier one it builds on."""
