"""Hotspots: street segments and sites worth presence, and why."""

from dataclasses import dataclass

from patrol.model.errors import InputError
from patrol.model.place import Place

SHARE_TOLERANCE = 1e-6
"""How far the shares of a score may sum from 1 (rounding)."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One layer's or kind's part of a hotspot's score; ``share`` in [0, 1]."""

    layer: str
    kind: str
    share: float


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A street segment or key site with its weight by hour.

    ``hour_weights`` holds 24 weights >= 0, index = local hour of the day the map was made for;
    ``score`` is their mean. ``contributions`` sum to 1. ``segment`` is the index of the street
    segment in the network, or -1 for a site that lies on none.
    """

    id: str
    name: str
    place: Place
    score: float
    hour_weights: tuple[float, ...]
    contributions: tuple[Contribution, ...]
    segment: int = -1
    site_id: str | None = None
    town_id: str | None = None
    length_m: float = 0.0
    explored: bool = False
    """Drawn at random from places that the map does not favor."""

    def __post_init__(self) -> None:
        if len(self.hour_weights) != 24 or min(self.hour_weights) < 0:
            raise InputError(
                f"hotspot {self.id}: hour_weights must be 24 numbers >= 0, got {self.hour_weights}"
            )
        total = sum(part.share for part in self.contributions)
        if self.contributions and abs(total - 1) > SHARE_TOLERANCE:
            raise InputError(f"hotspot {self.id}: shares must sum to 1, got {total}")
