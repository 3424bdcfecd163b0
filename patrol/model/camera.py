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
    """Crossings, in both directions."""
    ZONE = "zone"
    """How many are inside: now, on average and at most."""
    CROWDING = "crowding"
    """More than ``over`` inside for ``lasting_s``."""
    LOITERING = "loitering"
    """Somebody who stays inside for ``lasting_s``."""
    STOPPED_VEHICLE = "stopped_vehicle"
    """A vehicle that stands inside for ``lasting_s``."""
    WRONG_WAY = "wrong_way"
    """Crossings of a line in the one ``direction`` in which nobody may cross it."""


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


LEFT_TO_RIGHT = "left_to_right"
RIGHT_TO_LEFT = "right_to_left"

LINE_KINDS = frozenset({RuleKind.LINE, RuleKind.WRONG_WAY})
"""Rules drawn as a line of two points; all others are drawn as a zone."""

COUNTING_KINDS = frozenset({RuleKind.LINE, RuleKind.ZONE})
"""Rules that only count; all others also give a :class:`Notice` each time."""

LASTING_S = {
    RuleKind.CROWDING: 10.0,
    RuleKind.LOITERING: 120.0,
    RuleKind.STOPPED_VEHICLE: 60.0,
}
"""Kinds that need ``lasting_s``, and what it is where none is named, seconds."""

MOST_LASTING_S = 3_600.0
MOST_OVER = 1_000
CROWD_OVER = 10
"""What ``over`` is where a crowding rule names none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line (2 points) or zone (>= 3 points) in pixels of the source picture, y down.

    Left and right of a line are those seen when looking from its first point to its second.
    ``over``, ``lasting_s`` and ``direction`` belong to some kinds only, see :class:`RuleKind`;
    others leave them at nothing.
    """

    name: str
    kind: RuleKind
    points: tuple[tuple[float, float], ...]
    over: int = 0
    lasting_s: float = 0.0
    direction: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise InputError("a rule's name must not be empty")
        self._check_points()
        self._check_limits()

    @property
    def is_line(self) -> bool:
        """Whether it is drawn as a line; else as a zone."""
        return self.kind in LINE_KINDS

    def _check_points(self) -> None:
        count = len(self.points)
        if self.is_line and count != 2:
            raise InputError(f"rule {self.name}: a line needs 2 points, got {count}")
        if not self.is_line and count < 3:
            raise InputError(f"rule {self.name}: a zone needs >= 3 points, got {count}")
        if self.is_line and self.points[0] == self.points[1]:
            raise InputError(f"rule {self.name}: the two points of a line must differ")

    def _check_limits(self) -> None:
        crowd = self.kind is RuleKind.CROWDING
        if crowd and not 1 <= self.over <= MOST_OVER:
            raise InputError(f"rule {self.name}: over must be in [1, {MOST_OVER}], got {self.over}")
        if not crowd and self.over:
            raise InputError(f"rule {self.name}: over belongs to crowding only, got {self.over}")
        lasts = self.kind in LASTING_S
        if lasts and not 1 <= self.lasting_s <= MOST_LASTING_S:
            raise InputError(
                f"rule {self.name}: lasting_s must be in [1, {MOST_LASTING_S:g}], "
                f"got {self.lasting_s:g}"
            )
        if not lasts and self.lasting_s:
            raise InputError(
                f"rule {self.name}: lasting_s belongs to {', '.join(LASTING_S)} only, "
                f"got {self.lasting_s:g}"
            )
        ways = (LEFT_TO_RIGHT, RIGHT_TO_LEFT) if self.kind is RuleKind.WRONG_WAY else ("",)
        if self.direction not in ways:
            told = " or ".join(ways) or "left out, as it belongs to wrong_way only"
            raise InputError(f"rule {self.name}: direction must be {told}, got {self.direction!r}")


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
    Of kinds that give notices ``value`` is their number and ``peak`` the highest count of one.
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
class Notice:
    """Something that a rule noticed: when, and how many. It says nothing of who it was.

    ``count`` is how many were inside (crowding), how many stay by now (loitering, stopped
    vehicle), or 1 (wrong way).
    """

    camera_id: str
    rule: str
    kind: RuleKind
    at: datetime
    count: int

    def __post_init__(self) -> None:
        check_aware(self.at, f"notice of {self.camera_id}: at")
        if self.kind in COUNTING_KINDS or self.count < 1:
            raise InputError(
                f"notice of {self.camera_id}: must be of a kind that notices and count >= 1, "
                f"got {self.kind} and {self.count}"
            )


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """A feed's state and since when it has held."""

    camera_id: str
    state: CameraState
    since: datetime
    fps: float = 0.0
