"""What planners put on the map by hand: extra weight at a place, and points that must not count."""

from dataclasses import dataclass
from datetime import date, datetime

from patrol.model.clock import check_aware
from patrol.model.errors import InputError
from patrol.model.place import Place


@dataclass(frozen=True, slots=True)
class Mark:
    """A planner's own weight at a place, with a reason and an end, ``[first, last]`` inclusive.

    ``weight`` in (0, 100]: 1 adds as much as an average key site.
    """

    id: str
    place: Place
    radius_m: float
    weight: float
    reason: str
    first: date
    last: date
    actor: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InputError(f"mark {self.id}: reason must not be empty")
        if not 0 < self.weight <= 100:
            raise InputError(f"mark {self.id}: weight must be in (0, 100], got {self.weight}")
        if not 10 <= self.radius_m <= 2_000:
            raise InputError(f"mark {self.id}: radius_m must be in [10, 2000], got {self.radius_m}")
        if self.last < self.first:
            raise InputError(f"mark {self.id}: last {self.last} is before first {self.first}")

    def counts_on(self, day: date) -> bool:
        """Whether the day is one of the mark's."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class ExcludedPoint:
    """A point whose incidents say nothing about the place, such as a police station's own door."""

    place: Place
    radius_m: float
    label: str
    at: datetime

    def __post_init__(self) -> None:
        check_aware(self.at, f"excluded point {self.label}: at")
        if not 0 < self.radius_m <= 500:
            raise InputError(
                f"excluded point {self.label}: radius_m must be in (0, 500], got {self.radius_m}"
            )

    @property
    def id(self) -> str:
        """The point itself, to a tenth of a meter."""
        return f"{self.place.lon:.6f},{self.place.lat:.6f}"
