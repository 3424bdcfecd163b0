"""Every key of ``config.yaml``: its type, default, range and one-line description.

``docs/config.md`` and the commented file of ``patrol init`` are generated from this tree.
"""

from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from patrol.model.camera import ObjectClass
from patrol.model.incident import Source
from patrol.model.unit import Mode


class Section(BaseModel):
    """A part of the tree: frozen, unknown keys refused, defaults checked too."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=False
    )


MOST_PATROL_SHARE = 0.2
"""Most that patrol-discovered incidents may weigh, or the map repeats where patrols were."""

AUTO: Literal["auto"] = "auto"
"""Written instead of a number: the value is learned from the county's own incidents."""
TAGS = frozenset({"[number]", "[auto]", "[null]"})
"""Names of the branches of such a value; they are no part of a key's path."""


def _branch(value: Any) -> str:
    return "[auto]" if value == AUTO else "[number]"


def _branch_or_null(value: Any) -> str:
    return "[null]" if value is None else _branch(value)


_AutoWord = Annotated[Literal["auto"], Tag("[auto]")]
_Days = Annotated[float, Field(gt=0, le=3_650), Tag("[number]")]
_Part = Annotated[float, Field(ge=0, le=1), Tag("[number]")]

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=100)]


class County(Section):
    """Who and where."""

    name: Annotated[str, Field(min_length=1, description="Name shown on every page.")] = "示范县"
    name_en: Annotated[str, Field(min_length=1, description="The same in English.")] = "Demo County"
    timezone: Annotated[
        str, Field(description="IANA zone in which shifts, windows and reports are local.")
    ] = "Asia/Shanghai"
    safe_target_share: Annotated[
        Share, Field(description="Share of residents who should say that they feel safe.")
    ] = 0.8
    exposure_ratio: Annotated[
        float,
        Field(
            gt=1,
            le=100,
            description="Presence of the highest town over the median town that is too much.",
        ),
    ] = 3.0

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("should be an IANA time zone such as Asia/Shanghai") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone itself."""
        return ZoneInfo(self.timezone)


class Storage(Section):
    """Where data live."""

    data_dir: Annotated[
        Path, Field(description="Folder of database, streets and bus; relative to config.yaml.")
    ] = Path("data")
    database_url: Annotated[
        str,
        Field(description="`sqlite` (a file in data_dir) or `postgresql+psycopg://...`."),
    ] = "sqlite"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value != "sqlite" and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("should be sqlite, sqlite:///FILE or postgresql+psycopg://...")
        return value


class Bus(Section):
    """Redis."""

    url: Annotated[
        str,
        Field(description="`embedded` (a private Valkey in data_dir), `redis://` or `unix://`."),
    ] = "embedded"
    stream_max: Annotated[
        int, Field(ge=1_000, le=10_000_000, description="Events kept in the stream.")
    ] = 100_000

    @field_validator("url")
    @classmethod
    def _known_bus(cls, value: str) -> str:
        if value != "embedded" and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("should be embedded, redis://HOST:PORT/DB, rediss:// or unix://PATH")
        return value


class Web(Section):
    """The web processes."""

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535, description="Port to listen on.")] = 8000
    workers: Annotated[int, Field(ge=1, le=64, description="gunicorn worker processes.")] = 1
    threads: Annotated[
        int,
        Field(ge=8, le=4_000, description="Threads a worker; must exceed its websocket clients."),
    ] = 256
    origins: Annotated[
        tuple[str, ...],
        Field(description="Origins that may open the websocket; empty: this host's own address."),
    ] = ()
    trusted_proxies: Annotated[
        int, Field(ge=0, le=5, description="Proxies in front whose X-Forwarded-* are believed.")
    ] = 0
    https: Annotated[
        bool, Field(description="Served over HTTPS: secure cookies and HSTS are switched on.")
    ] = False
    idle_min: Annotated[
        int, Field(ge=1, le=720, description="Minutes without a request after which one signs in.")
    ] = 30
    session_h: Annotated[
        int, Field(ge=1, le=24, description="Hours after which everyone signs in again.")
    ] = 12
    signin_per_min: Annotated[
        int, Field(ge=1, le=1_000, description="Sign-in tries a minute from one address.")
    ] = 10


class KindWeight(Section):
    """What one kind of incident weighs."""

    weight: Annotated[Weight, Field(description="Harm of one incident of this kind.")] = 1.0
    half_life_d: Annotated[
        _Days | _AutoWord | Annotated[None, Tag("[null]")],
        Discriminator(_branch_or_null),
        Field(
            description="Age in days at which it counts half; auto: learned; null: the general one."
        ),
    ] = None


class Layers(Section):
    """How much each layer adds to the map; they are normalized before they are weighed."""

    incidents: Annotated[Weight, Field(description="Decayed incidents.")] = 1.0
    cameras: Annotated[Weight, Field(description="Camera counts above their usual level.")] = 0.2
    sites: Annotated[Weight, Field(description="Key sites during their windows.")] = 0.3
    survey: Annotated[Weight, Field(description="Towns below the target of feeling safe.")] = 0.1
    dark: Annotated[Weight, Field(description="Streets tagged as unlit, at night.")] = 0.0
    marks: Annotated[Weight, Field(description="Planners' own marks, while they last.")] = 0.3


GENERAL_HALF_LIFE_D = 240.0
"""Half-life where nothing is fixed and too few incidents are there to learn from."""
GENERAL_BLEND_SHARE = 0.5
"""Share of the hour-of-week band in the same case."""
SWITCHES = "learn"
"""Section of older files that switched learning on; :class:`Hotspots` still understands it."""
SWITCHED = ("half_life_d", "smoothing_share", "shift_blend_share")
"""Keys that took its place."""

SOURCE_SHARES = {Source.PUBLIC: 1.0, Source.CAMERA: 1.0, Source.GUARD: 1.0, Source.PATROL: 0.0}
"""What incidents weigh by source where nothing is configured."""


def _are_switches(value: Any) -> bool:
    known = {"half_life", "smoothing", "shift_blend"}
    return (
        isinstance(value, dict)
        and value.keys() <= known
        and all(isinstance(item, bool) for item in value.values())
    )


class Hotspots(Section):
    """The hotspot map."""

    half_life_d: Annotated[
        _Days | _AutoWord,
        Discriminator(_branch),
        Field(
            description="Age in days at which an incident counts half; auto: learned for each kind."
        ),
    ] = AUTO
    smoothing_share: Annotated[
        _Part | _AutoWord,
        Discriminator(_branch),
        Field(
            description="Part of each incident that is spread along the streets around it; auto: "
            "learned for each kind, much for rare ones."
        ),
    ] = AUTO
    shift_blend_share: Annotated[
        _Part | _AutoWord,
        Discriminator(_branch),
        Field(
            description="Part of the score from this hour-of-week band, the rest is all-day; auto: "
            "learned."
        ),
    ] = AUTO
    band_h: Annotated[
        int, Field(ge=1, le=12, description="Half width in hours of the hour-of-week band.")
    ] = 2
    snap_m: Annotated[
        float, Field(gt=0, le=500, description="Farthest an incident may lie from its street.")
    ] = 60.0
    segment_m: Annotated[
        float, Field(ge=30, le=1_000, description="Longest street segment; longer ones are split.")
    ] = 250.0
    count: Annotated[
        int, Field(ge=1, le=5_000, description="Hotspots handed to the route planner.")
    ] = 200
    exploration_share: Annotated[
        Share, Field(description="Share of hotspots drawn from places the map does not favor.")
    ] = 0.1
    kinds: Annotated[
        dict[str, KindWeight],
        Field(description="Weight by incident kind; kinds not named weigh `other_kinds`."),
    ] = {}
    other_kinds: Annotated[Weight, Field(description="Weight of kinds not named.")] = 1.0
    sources: Annotated[
        dict[Source, Share],
        Field(description="Weight by source; patrol-discovered ones at most 0.2 (feedback)."),
    ] = SOURCE_SHARES
    correct_patrol: Annotated[
        bool,
        Field(
            description="Count patrol-discovered ones by 0.4 times 1 minus the chance that a "
            "patrol was there (Ensign), instead of by `sources`."
        ),
    ] = False
    layers: Layers = Layers()

    @property
    def learns_map(self) -> bool:
        """Whether memory and smoothing are both learned, so that the tested forecast counts."""
        return self.half_life_d == AUTO and self.smoothing_share == AUTO

    @property
    def learns(self) -> bool:
        """Whether anything has to be learned from the incidents."""
        lives = (self.half_life_d, *(kind.half_life_d for kind in self.kinds.values()))
        return AUTO in (*lives, self.smoothing_share, self.shift_blend_share)

    @model_validator(mode="before")
    @classmethod
    def _from_switches(cls, value: Any) -> Any:
        """Read the switches of older files: what they said goes on to hold, to the letter."""
        if not isinstance(value, dict) or not _are_switches(value.get(SWITCHES)):
            return value
        rest = {name: item for name, item in value.items() if name != SWITCHES}
        switches = value[SWITCHES]
        for key, switch, fixed in (
            ("half_life_d", "half_life", GENERAL_HALF_LIFE_D),
            ("shift_blend_share", "shift_blend", GENERAL_BLEND_SHARE),
        ):
            rest[key] = AUTO if switches.get(switch, False) else rest.get(key, fixed)
        rest.setdefault("smoothing_share", AUTO if switches.get("smoothing", True) else 0.0)
        return rest

    @field_validator("sources")
    @classmethod
    def _no_feedback(cls, value: dict[Source, float]) -> dict[Source, float]:
        if value.get(Source.PATROL, 0.0) > MOST_PATROL_SHARE:
            raise ValueError(
                f"patrol must be in [0, {MOST_PATROL_SHARE}], or the map repeats where patrols were"
            )
        # A file that names one source says nothing about the others: they keep their defaults.
        return SOURCE_SHARES | value


class ModeSpeeds(Section):
    """Travel speed of one mode."""

    speed_kmh: Annotated[float, Field(gt=0, le=160, description="Free speed; for cars a cap.")]
    factor: Annotated[
        float, Field(ge=0.5, le=5, description="Travel times are multiplied by this.")
    ] = 1.0
    stop_s: Annotated[
        int, Field(ge=0, le=600, description="Parking and mounting at every stop.")
    ] = 0


class CarSpeeds(Section):
    """Car speed by street class, km/h."""

    motorway: Annotated[float, Field(gt=0, le=160)] = 80
    trunk: Annotated[float, Field(gt=0, le=160)] = 60
    primary: Annotated[float, Field(gt=0, le=160)] = 40
    secondary: Annotated[float, Field(gt=0, le=160)] = 35
    tertiary: Annotated[float, Field(gt=0, le=160)] = 30
    unclassified: Annotated[float, Field(gt=0, le=160)] = 25
    residential: Annotated[float, Field(gt=0, le=160)] = 20
    service: Annotated[float, Field(gt=0, le=160)] = 12
    living_street: Annotated[float, Field(gt=0, le=160)] = 10


class Choice(Section):
    """Which of the plans nearly as good as the best is taken; prices are shares of its value."""

    candidates: Annotated[
        int, Field(ge=0, le=50, description="Further plans tried; 0: the best one, always.")
    ] = 6
    time_share: Annotated[
        float, Field(ge=0, le=0.9, description="Part of the search time spent on them.")
    ] = 0.3
    within_share: Annotated[
        float, Field(ge=0, le=0.2, description="How much less than the best a plan may be worth.")
    ] = 0.01
    history_d: Annotated[
        int, Field(ge=0, le=365, description="Days an observer is thought to have watched.")
    ] = 28
    foreseen_price: Annotated[
        float, Field(ge=0, le=10, description="Price of an observer twice as good as chance.")
    ] = 0.2
    response_price: Annotated[
        float, Field(ge=0, le=10, description="Price of all weight outside its response ring.")
    ] = 0.05
    fairness_price: Annotated[
        float, Field(ge=0, le=10, description="Price of loads 100 % away from their mode's mean.")
    ] = 0.02
    town_price: Annotated[
        float, Field(ge=0, le=10, description="Price of a town without any of its least share.")
    ] = 0.05
    town_least: Annotated[
        dict[str, Share],
        Field(description="Least share of the cover by town id; others have none of their own."),
    ] = {}
    survey_least: Annotated[
        Share,
        Field(
            description="Towns whose residents feel less safe than county.safe_target_share get "
            "at least this part of their share of all weight."
        ),
    ] = 0.8


class Replan(Section):
    """Re-planning of the shift that runs."""

    mode: Annotated[
        Literal["off", "propose", "publish"],
        Field(
            description="When units are sent or free again: nothing, a proposal that a dispatcher "
            "takes or refuses, or a new plan at once (with undo)."
        ),
    ] = "propose"
    seconds: Annotated[float, Field(gt=0, le=10, description="Search of a re-plan.")] = 0.15
    on_scene_min: Annotated[
        int, Field(ge=1, le=480, description="How long an incident takes where nobody knows.")
    ] = 40
    move_price_min: Annotated[
        float,
        Field(
            ge=0,
            le=120,
            description="A stop goes to another unit only if that is worth so many minutes of an "
            "average unit's time.",
        ),
    ] = 3.0


class Routing(Section):
    """Routes: travel, stops, value and search."""

    modes: Annotated[dict[Mode, ModeSpeeds], Field(description="Speeds by mode.")] = {
        Mode.FOOT: ModeSpeeds(speed_kmh=4.5),
        Mode.EBIKE: ModeSpeeds(speed_kmh=16.0, stop_s=20),
        Mode.CAR: ModeSpeeds(speed_kmh=90.0, factor=1.25, stop_s=20),
    }
    car_kmh: Annotated[CarSpeeds, Field(description="Car speed by street class.")] = CarSpeeds()
    dwell_min: Annotated[
        tuple[int, ...],
        Field(min_length=1, max_length=6, description="Lengths of a stop, minutes (Koper: 10-16)."),
    ] = (10, 12, 15)
    dwell_curve: Annotated[
        tuple[tuple[int, Share], ...],
        Field(
            min_length=2,
            max_length=12,
            description="Minutes of a stop and the share of residual_min it earns (Koper curve).",
        ),
    ] = ((0, 0.0), (5, 0.5), (10, 0.85), (15, 1.0), (30, 1.0))
    residual_min: Annotated[
        int, Field(ge=10, le=480, description="How long a stop keeps a place quiet, minutes.")
    ] = 120
    pass_cover_min: Annotated[
        int,
        Field(ge=0, le=30, description="How long going past covers a place, minutes; 0: not told."),
    ] = 5
    min_gap_min: Annotated[
        int, Field(ge=0, le=480, description="Least time between two stops at one place, minutes.")
    ] = 60
    longest_foot_leg_m: Annotated[
        float, Field(gt=0, le=50_000, description="Longest walk between two stops.")
    ] = 3_000.0
    engine: Annotated[
        Literal["local", "ortools"], Field(description="Engine where the command names none.")
    ] = "local"
    seconds: Annotated[
        float, Field(gt=0, le=3_600, description="Search time where the command names none.")
    ] = 10.0
    bound_seconds: Annotated[
        float,
        Field(ge=0, le=3_600, description="Work on a plan's bound, seconds; 0: the quick bound."),
    ] = 3.0
    response_min: Annotated[
        tuple[int, int, int],
        Field(description="Response rings in minutes, innermost first (1-3-5 practice)."),
    ] = (1, 3, 5)
    response_shares: Annotated[
        tuple[Share, Share],
        Field(description="Shares of hotspots, the heaviest first, in the first and second ring."),
    ] = (0.05, 0.25)
    choice: Choice = Choice()
    replan: Replan = Replan()

    @field_validator("dwell_min")
    @classmethod
    def _dwell_in_range(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= dwell <= 120 for dwell in value) or list(value) != sorted(set(value)):
            raise ValueError("should be rising whole minutes in [1, 120]")
        return value

    @field_validator("dwell_curve")
    @classmethod
    def _curve_rises_in_time(
        cls, value: tuple[tuple[int, float], ...]
    ) -> tuple[tuple[int, float], ...]:
        minutes = [minute for minute, _ in value]
        if minutes[0] != 0 or minutes != sorted(set(minutes)):
            raise ValueError("should start at minute 0 and go on in rising minutes")
        return value


class Shift(Section):
    """One shift of the day."""

    start: Annotated[time, Field(description="Local start, HH:MM.")]
    end: Annotated[time, Field(description="Local end, HH:MM; may be past midnight.")]
    break_min: Annotated[
        int, Field(ge=0, le=120, description="Length of each unit's break; 0: none.")
    ] = 30
    break_after_h: Annotated[
        float, Field(ge=0, le=12, description="Earliest start of the break after shift start.")
    ] = 3.0
    break_before_h: Annotated[
        float, Field(ge=0, le=16, description="Latest end of the break after shift start.")
    ] = 6.0

    @model_validator(mode="after")
    def _break_fits(self) -> "Shift":
        if self.start == self.end:
            raise ValueError("start and end should differ")
        room_min = (self.break_before_h - self.break_after_h) * 60
        if self.break_min and room_min < self.break_min:
            raise ValueError(
                f"break of {self.break_min} min does not fit between {self.break_after_h} h "
                f"and {self.break_before_h} h after the start"
            )
        if self.break_min and self.break_before_h > self.length_h:
            raise ValueError(
                f"break must end within the shift of {self.length_h:g} h, "
                f"got break_before_h {self.break_before_h:g}"
            )
        return self

    @property
    def length_h(self) -> float:
        """Length of the shift in hours, in (0, 24)."""
        minutes = (self.end.hour - self.start.hour) * 60 + self.end.minute - self.start.minute
        return (minutes % 1_440) / 60


class GatewayKind(StrEnum):
    """Which software a gateway runs."""

    WVP = "wvp"
    ZLMEDIAKIT = "zlmediakit"


class Gateway(Section):
    """A GB/T 28181 gateway whose cameras are named ``gb28181://NAME/CHANNEL``."""

    name: Annotated[
        str,
        Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$", description="Its name in camera addresses."),
    ]
    kind: Annotated[GatewayKind, Field(description="WVP-PRO or ZLMediaKit.")]
    url: Annotated[
        str, Field(pattern=r"^https?://[^/@\s]+", description="Where its HTTP interface is.")
    ]
    secret: Annotated[
        str | None,
        Field(description="Name of the secret with WVP's API key or ZLMediaKit's secret."),
    ] = None
    rtsp_port: Annotated[
        int, Field(ge=1, le=65_535, description="Where ZLMediaKit serves RTSP.")
    ] = 554
    play_timeout_s: Annotated[
        float, Field(ge=1, le=60, description="How long the start of a stream may take.")
    ] = 15.0
    start_gap_s: Annotated[
        float, Field(ge=0, le=60, description="Least time between two starts of streams.")
    ] = 0.5


class CameraAlerts(Section):
    """What is told of cameras as news: counts far from usual, events, feeds in trouble."""

    window_min: Annotated[
        int, Field(ge=1, le=60, description="Counts are compared over the last minutes.")
    ] = 5
    weeks: Annotated[
        int, Field(ge=1, le=52, description="Weeks from which the usual level is learned.")
    ] = 8
    least_weeks: Annotated[
        int,
        Field(ge=1, le=52, description="Earlier hours of a weekday needed to call one usual."),
    ] = 3
    deviations: Annotated[
        float, Field(ge=1, le=100, description="Robust deviations from usual that raise an alert.")
    ] = 4.0
    least_per_h: Annotated[
        float,
        Field(ge=0, le=100_000, description="Least difference from usual, events an hour."),
    ] = 60.0
    least_people: Annotated[
        float, Field(ge=0, le=1_000, description="The same for zones, people.")
    ] = 5.0
    trouble_s: Annotated[
        int, Field(ge=0, le=3_600, description="Trouble of a feed that is shorter is no news.")
    ] = 10
    quiet_s: Annotated[
        int, Field(ge=30, le=7_200, description="An event is over when it was not seen so long.")
    ] = 120
    keep_min: Annotated[
        int,
        Field(ge=1, le=1_440, description="An event that nobody took note of leaves after this."),
    ] = 30


class Cameras(Section):
    """Camera feeds."""

    analyse_fps: Annotated[
        float, Field(gt=0, le=30, description="Frames analyzed a second and feed.")
    ] = 5.0
    analyse_width_px: Annotated[
        int, Field(ge=160, le=1_280, description="Width the picture is shrunk to for analysis.")
    ] = 480
    read_timeout_s: Annotated[
        float, Field(gt=0, le=30, description="Silence of a feed after which it is reopened.")
    ] = 2.0
    backoff_max_s: Annotated[
        float, Field(ge=0.5, le=60, description="Longest pause between tries to reconnect.")
    ] = 5.0
    allowed_networks: Annotated[
        tuple[str, ...],
        Field(description="Networks that camera URLs may resolve into (CIDR)."),
    ] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")
    file_dir: Annotated[
        Path | None,
        Field(description="The one folder whose video files may serve as feeds; null: none."),
    ] = None
    model: Annotated[
        Path | None, Field(description="The operator's ONNX detector; null: motion only.")
    ] = None
    classes: Annotated[
        tuple[ObjectClass, ...], Field(description="Classes that are counted with a detector.")
    ] = (
        ObjectClass.PERSON,
        ObjectClass.BICYCLE,
        ObjectClass.CAR,
        ObjectClass.MOTORCYCLE,
        ObjectClass.BUS,
        ObjectClass.TRUCK,
    )
    processes: Annotated[
        int, Field(ge=0, le=64, description="Camera workers started by `serve`.")
    ] = 1
    gateways: Annotated[
        tuple[Gateway, ...], Field(description="GB/T 28181 gateways, each with its own name.")
    ] = ()
    stills: Annotated[
        bool,
        Field(
            description="Give the rule editor a coarse still of a camera's empty scene on request."
        ),
    ] = False

    fov_deg: Annotated[
        float, Field(ge=1, le=360, description="How wide a camera sees that does not say so.")
    ] = 70.0
    range_m: Annotated[
        float, Field(ge=1, le=2_000, description="How far a camera sees that does not say so.")
    ] = 50.0
    suppress_under: Annotated[
        int,
        Field(
            ge=1, le=100, description="Exports tell no number under this in bins under 5 minutes."
        ),
    ] = 5
    alerts: CameraAlerts = CameraAlerts()

    @field_validator("gateways")
    @classmethod
    def _names_once(cls, value: tuple[Gateway, ...]) -> tuple[Gateway, ...]:
        names = [gateway.name for gateway in value]
        if len(set(names)) < len(names):
            raise ValueError("two gateways have one name")
        return value


class Live(Section):
    """The live map."""

    tick_ms: Annotated[
        int, Field(ge=50, le=5_000, description="Unit moves are gathered for this long.")
    ] = 250
    frame_once: Annotated[
        bool, Field(description="Build each frame once for all clients; false: the stock emit.")
    ] = True
    stale_s: Annotated[
        int, Field(ge=5, le=3_600, description="Silence after which a unit is shown as stale.")
    ] = 90
    lost_s: Annotated[
        int, Field(ge=10, le=86_400, description="Silence after which a unit is shown as lost.")
    ] = 300
    pass_m: Annotated[
        float, Field(gt=0, le=500, description="Distance within which a unit passes a hotspot.")
    ] = 30.0
    max_speed_kmh: Annotated[
        float, Field(gt=0, le=300, description="A jump faster than this is not believed.")
    ] = 160.0

    @model_validator(mode="after")
    def _lost_after_stale(self) -> "Live":
        if self.lost_s <= self.stale_s:
            raise ValueError(f"lost_s must be > stale_s ({self.stale_s}), got {self.lost_s}")
        return self


class Retention(Section):
    """How long things are kept."""

    tracks_d: Annotated[int, Field(ge=1, le=3_650, description="Raw positions, days.")] = 30
    counts_d: Annotated[int, Field(ge=1, le=3_650, description="Camera counts, days.")] = 365
    incidents_d: Annotated[
        int,
        Field(ge=30, le=7_300, description="Closed incidents, days; older ones are deleted daily."),
    ] = 7_300
    audit_d: Annotated[int, Field(ge=180, le=7_300, description="Audit log, days.")] = 730


class Config(Section):
    """The whole of ``config.yaml``."""

    county: County = County()
    storage: Storage = Storage()
    bus: Bus = Bus()
    web: Web = Web()
    hotspots: Hotspots = Hotspots()
    routing: Routing = Routing()
    shifts: Annotated[dict[str, Shift], Field(min_length=1, description="Shifts by name.")] = {
        "day": Shift(start=time(8), end=time(16)),
        "evening": Shift(start=time(16), end=time(0)),
        "night": Shift(start=time(0), end=time(8)),
    }
    cameras: Cameras = Cameras()
    live: Live = Live()
    retention: Retention = Retention()
