"""What can be wrong with rows of incidents, and which of it the planner leaves out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patrol.model.clock import check_aware


class Fault(StrEnum):
    """A fault of rows that can be left out as a whole."""

    NEAR_DUPLICATE = "near_duplicate"
    """Follows another row at the same point within minutes: one event told several times."""
    OUTSIDE = "outside"
    """Outside the imported streets."""
    MIDNIGHT = "midnight"
    """At 00:00 or 00:01 where those hold far more than the minutes beside them."""
    NO_PLACE = "no_place"
    """Its place is unknown."""


@dataclass(frozen=True, slots=True)
class FaultChoice:
    """A fault whose rows are left out, since when and by whom."""

    fault: Fault
    at: datetime
    actor: str = ""

    def __post_init__(self) -> None:
        check_aware(self.at, f"choice of {self.fault}: at")
