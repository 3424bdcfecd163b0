"""Cameras, the rules drawn on their pictures, and the counts that are all that ever leaves them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patrol.model.clock import check_aware
from patrol.model.errors import InputError
from patrol.model.place import Place


class RuleKind(StrEnum):
    """What a rule counts."""

    LINE = "line"
    ZONE = "zone"


class CameraState(StrEnum):
    """A feed's health."""

    CONNECTING = "connecting"
    ONLINE = "online"
    NO_SIGNAL = "no_signal"
    FROZEN = "frozen"
    OBSCURED = "obscured"
    MOVED = "moved"
    DARK = "dark"
    GATEWAY_TIMEOUT = "gateway_timeout"
    DISABLED = "disabled"


class ObjectClass(StrEnum):
    """The only classes that are ever counted."""

    OBJECT = "object"
    """Something that moved, from motion alone."""
    PERSON = "person"
    BICYCLE = "bicycle"
    CAR = "car"
    MOTORCYCLE = "motorcycle"
    BUS = "bus"
    TRUCK = "truck"


@dataclass(frozen=True, slots=True)
class Rule:
    """A line (2 points) or zone (>= 3 points) in pixels of the source picture, y down.

    Left and right of a line are those seen when looking from its first point to its second.
    """

    name: str
    kind: RuleKind
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not self.name:
            raise InputError("a rule's name must not be empty")
        if self.kind is RuleKind.LINE and len(self.points) != 2:
            raise InputError(f"rule {self.name}: a line needs 2 points, got {len(self.points)}")
        if self.kind is RuleKind.ZONE and len(self.points) < 3:
            raise InputError(f"rule {self.name}: a zone needs >= 3 points, got {len(self.points)}")
        if self.kind is RuleKind.LINE and self.points[0] == self.points[1]:
            raise InputError(f"rule {self.name}: the two points of a line must differ")


@dataclass(frozen=True, slots=True)
class Camera:
    """One feed of the inventory; ``url`` never carries credentials (``secret`` names them)."""

    id: str
    name: str
    place: Place
    url: str
    town_id: str | None = None
    owner: str = "county"
    rules: tuple[Rule, ...] = ()
    enabled: bool = True
    secret: str | None = None
    heading_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """What a rule counted in ``[start, start + length_s)``.

    ``direction`` is ``left_to_right``, ``right_to_left`` or, for zones, ``""``. ``value`` is the
    number of crossings of a line, or the mean occupancy of a zone; ``peak`` the highest occupancy.
    """

    camera_id: str
    rule: str
    start: datetime
    length_s: int
    object_class: ObjectClass
    direction: str
    value: float
    peak: float = 0.0

    def __post_init__(self) -> None:
        check_aware(self.start, f"count of {self.camera_id}: start")
        if self.value < 0 or self.length_s <= 0:
            raise InputError(
                f"count of {self.camera_id}: value must be >= 0 and length_s > 0, "
                f"got {self.value} and {self.length_s}"
            )


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """A feed's state and since when it has held."""

    camera_id: str
    state: CameraState
    since: datetime
    fps: float = 0.0
