"""Streets' own affairs: closures for a while, and lamps."""

from dataclasses import dataclass
from datetime import datetime

from patrol.model.clock import check_aware
from patrol.model.errors import InputError
from patrol.model.place import Place
from patrol.model.unit import Mode


@dataclass(frozen=True, slots=True)
class Closure:
    """Segments closed in both directions to some modes during ``[start, end)``.

    ``end`` is ``None`` where nobody knows yet. ``reason`` is about the place, never about a person.
    """

    id: str
    segment_ids: tuple[str, ...]
    modes: frozenset[Mode]
    start: datetime
    end: datetime | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        check_aware(self.start, f"closure {self.id}: start")
        if not self.id or not self.segment_ids or not self.modes:
            raise InputError(f"closure {self.id}: needs an id, segments and modes")
        if self.end is not None:
            check_aware(self.end, f"closure {self.id}: end")
            if self.end <= self.start:
                raise InputError(f"closure {self.id}: end {self.end} must be after {self.start}")

    def holds(self, at: datetime) -> bool:
        """Whether the street is closed at a moment."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Lamp:
    """A street lamp of the operator's list; ``works`` is false while it is out."""

    id: str
    place: Place
    works: bool = True
