"""Cameras, the rules drawn on their pictures, and the counts that are all that ever leaves them."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from urllib.parse import urlsplit

from patrol.model.clock import check_aware
from patrol.model.errors import InputError
from patrol.model.place import Place
from patrol.model.town import Window

LONGEST_ID = 64
LONGEST_NAME = 120
MOST_TAGS = 20
LONGEST_TAG = 40
FARTHEST_M = 2_000.0
"""Beyond this no camera of a street counts anything."""
MOST_SIDE_PX = 8_192


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
MOST_HEIGHT_PX = 10_000.0
MOST_OVER = 1_000
CROWD_OVER = 10
"""What ``over`` is where a crowding rule names none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line (2 points) or zone (>= 3 points) in pixels of the source picture, y down.

    Left and right of a line are those seen when looking from its first point to its second.
    ``over``, ``lasting_s`` and ``direction`` belong to some kinds only, see :class:`RuleKind`;
    others leave them at nothing. ``least_height_px`` leaves out who is smaller in the picture, such
    as people far behind a square; 0 asks for no more than can be counted at all.
    """

    name: str
    kind: RuleKind
    points: tuple[tuple[float, float], ...]
    over: int = 0
    lasting_s: float = 0.0
    direction: str = ""
    least_height_px: float = 0.0

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
        if not 0 <= self.least_height_px <= MOST_HEIGHT_PX:
            raise InputError(
                f"rule {self.name}: least_height_px must be in [0, {MOST_HEIGHT_PX:g}], "
                f"got {self.least_height_px:g}"
            )
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
    """One feed of the inventory; ``url`` never carries credentials (``secret`` names them).

    ``heading_deg`` is where it looks, clockwise from north; ``fov_deg`` how wide, ``range_m`` how
    far it counts; ``None`` where nobody said. ``schedule`` holds the local hours in which it is
    watched, empty for always. ``size_px`` is the width and height of its picture.
    """

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
    fov_deg: float | None = None
    range_m: float | None = None
    schedule: tuple[Window, ...] = ()
    tags: tuple[str, ...] = ()
    size_px: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        _check_text(self.id, "a camera's id", LONGEST_ID)
        where = f"camera {self.id}"
        _check_text(self.name, f"{where}: name", LONGEST_NAME)
        _check_text(self.owner, f"{where}: owner", LONGEST_NAME)
        check_no_credentials(self.url, where)
        _check_within(self.heading_deg, f"{where}: heading_deg", 0, 360)
        _check_within(self.fov_deg, f"{where}: fov_deg", 1, 360)
        _check_within(self.range_m, f"{where}: range_m", 1, FARTHEST_M)
        if len(self.tags) > MOST_TAGS:
            raise InputError(f"{where}: at most {MOST_TAGS} tags, got {len(self.tags)}")
        for tag in self.tags:
            _check_text(tag, f"{where}: a tag", LONGEST_TAG)
        if self.size_px is not None and not all(
            16 <= side <= MOST_SIDE_PX for side in self.size_px
        ):
            raise InputError(
                f"{where}: width and height must be in [16, {MOST_SIDE_PX}] px, got {self.size_px}"
            )
        names = [rule.name for rule in self.rules]
        if len(set(names)) != len(names):
            raise InputError(f"{where}: two rules have one name, got {', '.join(names)}")

    def is_on_at(self, local: time) -> bool:
        """Whether it is to be watched at a local time of day."""
        return self.enabled and (
            not self.schedule or any(_within(window, local) for window in self.schedule)
        )


def check_no_credentials(url: str, where: str) -> None:
    """Refuse an address that is malformed or carries a user or password.

    Raises
    ------
    InputError
        The address itself is not in the message: it holds what must not be seen.
    """
    try:
        parts = urlsplit(url)
        carries = parts.username is not None or parts.password is not None
    except ValueError as error:
        raise InputError(f"{where}: url must be a URL ({error})") from None
    if carries:
        raise InputError(f"{where}: url must not carry a user or password; name them in secret")


def _check_text(text: str, what: str, longest: int) -> None:
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise InputError(f"{what} must be 1 to {longest} printable characters, got {text!r}")


def _check_within(value: float | None, what: str, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise InputError(f"{what} must be in [{low:g}, {high:g}], got {value}")


def _within(window: Window, local: time) -> bool:
    if window.start < window.end:
        return window.start <= local < window.end
    return local >= window.start or local < window.end


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
