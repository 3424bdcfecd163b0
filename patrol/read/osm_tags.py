"""What OpenStreetMap's tags mean for a patrol on foot, by e-bike and by car.

The rules are listed for readers in ``docs/streets.md``; keys and values are those of the
OpenStreetMap wiki (Key:access, Key:oneway, Key:barrier, Key:cycleway, Key:lit, Key:surface).
"""

import math
import re
from collections.abc import Mapping

from patrol.model.unit import Mode
from patrol.routing.streets import MODE_ACCESS, STREET_CLASSES, Access, NodeFlag
from patrol.routing.ways import WayTags

Tags = Mapping[str, str]

_SAME_CLASS = {"road": "unclassified", "bridleway": "path"}
_BIG = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
_CAR = frozenset(STREET_CLASSES[: STREET_CLASSES.index("alley")])
_EBIKE = (_CAR | {"alley", "cycleway", "path", "track"}) - {"motorway", "motorway_link"}
_FOOT = frozenset(STREET_CLASSES) - {"motorway", "motorway_link"}
_DEFAULT = {Mode.FOOT: _FOOT, Mode.EBIKE: _EBIKE, Mode.CAR: _CAR}

_KEYS = {
    Mode.FOOT: ("foot", "access"),
    Mode.EBIKE: ("bicycle", "vehicle", "access"),
    Mode.CAR: ("motorcar", "motor_vehicle", "vehicle", "access"),
}
"""Access keys of a mode, the most special first."""

_OWN_KEYS = {
    Mode.FOOT: ("foot",),
    Mode.EBIKE: ("bicycle",),
    Mode.CAR: ("motorcar", "motor_vehicle"),
}
"""Keys that open a way which the mode's classes do not hold."""

_ACCESS_KEYS = tuple(dict.fromkeys(key for keys in _KEYS.values() for key in keys))
WAY_KEYS = (
    "highway",
    "service",
    "name",
    "name:zh",
    "name:en",
    "int_name",
    "ref",
    "lit",
    "maxspeed",
    "surface",
    "tracktype",
    "smoothness",
    "incline",
    "emergency",
    "motorroad",
    "sidewalk",
    "junction",
    "conveying",
    "oneway",
    "oneway:foot",
    "oneway:bicycle",
    "oneway:motorcar",
    "oneway:motor_vehicle",
    "cycleway",
    "cycleway:left",
    "cycleway:right",
    "cycleway:both",
    "cycleway:left:oneway",
    "cycleway:right:oneway",
    "cycleway:both:oneway",
    *(key + end for key in _ACCESS_KEYS for end in ("", ":forward", ":backward")),
)
"""All that is read of a way."""
NODE_KEYS = ("highway", "crossing", "barrier", "locked", *_ACCESS_KEYS)
"""All that is read of a node."""

_ALLOWED = frozenset(
    {"yes", "designated", "permissive", "official", "public", "destination", "customers", "permit"}
)
_FORBIDDEN = frozenset(
    {
        "no",
        "private",
        "agricultural",
        "forestry",
        "delivery",
        "military",
        "use_sidepath",
        "dismount",
    }
)
_YES = frozenset({"yes", "true", "1"})
_BACK = frozenset({"-1", "reverse"})
_BOTH = frozenset({"no", "false", "0"})
_CHANGING = frozenset({"reversible", "alternating"})
_OPPOSITE = frozenset({"opposite", "opposite_lane", "opposite_track", "opposite_share_busway"})
_CYCLEWAY_KEYS = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")

_LIT = frozenset({"yes", "24/7", "automatic", "limited", "sunset-sunrise", "operating_times"})
_UNLIT = frozenset({"no", "disused"})
_ROUGH = frozenset(
    [
        "unpaved",
        "compacted",
        "gravel",
        "fine_gravel",
        "pebblestone",
        "cobblestone",
        "unhewn_cobblestone",
        "sett",
        "grass_paver",
        "wood",
        "rock",
        "dirt",
        "ground",
        "earth",
    ]
)
_BAD = frozenset(["mud", "sand", "grass", "snow", "ice", "woodchips", "stepping_stones"])
_ROUGH_TRACKS = {"grade2": 1, "grade3": 1, "grade4": 2, "grade5": 2}
_ROUGH_RIDES = {"bad": 1, "very_bad": 2, "horrible": 2, "very_horrible": 2, "impassable": 2}

_NO_CAR_BARRIERS = frozenset(
    [
        "block",
        "bollard",
        "bus_trap",
        "chain",
        "cycle_barrier",
        "debris",
        "fence",
        "full-height_turnstile",
        "hampshire_gate",
        "horse_stile",
        "jersey_barrier",
        "kissing_gate",
        "log",
        "motorcycle_barrier",
        "planter",
        "rope",
        "stile",
        "turnstile",
        "wall",
        "wicket_gate",
    ]
)
_NO_EBIKE_BARRIERS = frozenset(
    ["fence", "full-height_turnstile", "horse_stile", "kissing_gate", "stile", "turnstile", "wall"]
)
_NO_FOOT_BARRIERS = frozenset({"fence", "wall"})
_FAST_TRUNK_KMH = 70
"""Above this limit a trunk road without its own sign is no place to walk or cycle."""

_SPEED = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?\s*$")
_KMH_PER_MPH = 1.609344
_SLOPE = re.compile(r"^\s*([+-]?\d+(?:\.\d+)?)\s*(%|°)\s*$")
_STEEPEST = 60
"""No street is steeper, in percent; more is a mistake of the map."""


def find_class(tags: Tags) -> str | None:
    """The street class of a way, ``None`` where it is no street (a platform, a building site)."""
    highway = tags.get("highway", "")
    if highway == "service" and tags.get("service") == "alley":
        return "alley"
    highway = _SAME_CLASS.get(highway, highway)
    return highway if highway in STREET_CLASSES and highway != "alley" else None


def read_way(street_class: str, tags: Tags) -> WayTags:
    """Everything that holds for a way of this class."""
    return WayTags(
        street_class=street_class,
        access=way_access(street_class, tags),
        name=tags.get("name") or tags.get("name:zh") or tags.get("name:en") or tags.get("ref", ""),
        name_en=_english(tags),
        lit=_lit(tags.get("lit", "")),
        maxspeed_kmh=read_speed_kmh(tags.get("maxspeed", "")),
        rough=_rough(tags),
        incline=read_incline(tags.get("incline", "")),
    )


def way_access(street_class: str, tags: Tags) -> Access:
    """Who may use a way, in which direction along its nodes."""
    access = Access(0)
    for mode, (forward_bit, back_bit) in MODE_ACCESS.items():
        base = _usable(mode, street_class, tags)
        forward = _directed(mode, tags, "forward", otherwise=base)
        back = _directed(mode, tags, "backward", otherwise=base)
        with_way, against = _directions(mode, street_class, tags)
        access |= forward_bit if forward and with_way else Access(0)
        access |= back_bit if back and against else Access(0)
    return access


def _usable(mode: Mode, street_class: str, tags: Tags) -> bool:
    if street_class == "steps" and mode is not Mode.FOOT:
        return False  # Even where a push rail allows bicycles: an e-bike weighs 25 kg.
    if mode is not Mode.EBIKE and tags.get("emergency") in _ALLOWED:
        return True
    said = _says(tags, _KEYS[mode])
    # A plain access=yes says that the public may come, not that a footway is open to cars.
    if said is False or _says(tags, _OWN_KEYS[mode]):
        return bool(said)
    if street_class in _BIG and mode is not Mode.CAR and not _slow_enough(mode, tags):
        return False
    return street_class in _DEFAULT[mode]


def _slow_enough(mode: Mode, tags: Tags) -> bool:
    if tags.get("motorroad") == "yes":
        return False
    if mode is Mode.FOOT and tags.get("sidewalk") in {"both", "left", "right", "yes", "separate"}:
        return True
    if mode is Mode.FOOT and tags.get("sidewalk") in {"no", "none"}:
        return False
    return read_speed_kmh(tags.get("maxspeed", "")) <= _FAST_TRUNK_KMH


def _says(tags: Tags, keys: tuple[str, ...], suffix: str = "") -> bool | None:
    """What the most special of the given keys says; values not known decide nothing."""
    for key in keys:
        value = tags.get(key + suffix)
        if value in _ALLOWED:
            return True
        if value in _FORBIDDEN:
            return False
    return None


def _directed(mode: Mode, tags: Tags, direction: str, *, otherwise: bool) -> bool:
    said = _says(tags, _KEYS[mode], f":{direction}")
    return otherwise if said is None else said


def _directions(mode: Mode, street_class: str, tags: Tags) -> tuple[bool, bool]:
    """Whether one may go along the way's nodes, and against them."""
    if mode is Mode.FOOT:
        return _by_value(tags.get("oneway:foot") or _conveyor(tags))
    if mode is Mode.EBIKE:
        own = tags.get("oneway:bicycle")
        if own is not None:
            return _by_value(own)
        contraflow = any(tags.get(key) in _OPPOSITE for key in _CYCLEWAY_KEYS) or any(
            tags.get(f"{key}:oneway") in _BOTH | _BACK for key in _CYCLEWAY_KEYS[1:]
        )
        if contraflow:
            return True, True
    else:
        own = tags.get("oneway:motorcar") or tags.get("oneway:motor_vehicle")
        if own is not None:
            return _by_value(own)
    return _by_value(tags.get("oneway") or _implied(street_class, tags))


def _conveyor(tags: Tags) -> str | None:
    return {"forward": "yes", "backward": "-1"}.get(tags.get("conveying", ""))


def _implied(street_class: str, tags: Tags) -> str | None:
    circle = tags.get("junction") in {"roundabout", "circular"}
    return "yes" if circle or street_class == "motorway" else None


def _by_value(oneway: str | None) -> tuple[bool, bool]:
    if oneway in _CHANGING:
        return False, False  # The direction depends on the hour, which tags do not tell.
    return oneway not in _BACK, oneway not in _YES


def node_flag(tags: Tags) -> NodeFlag:
    """What slows one down at a node."""
    highway = tags.get("highway")
    flag = NodeFlag(0)
    if highway == "traffic_signals" or tags.get("crossing") == "traffic_signals":
        flag |= NodeFlag.SIGNALS
    if highway == "crossing":
        flag |= NodeFlag.CROSSING
    if highway in {"stop", "give_way"}:
        flag |= NodeFlag.STOP
    return flag


def node_closed(tags: Tags) -> Access:
    """Which modes cannot pass a barrier; gates are open unless tagged otherwise."""
    barrier = tags.get("barrier")
    if barrier is None:
        return Access(0)
    locked = tags.get("locked") == "yes"
    closed = Access(0)
    for mode, kinds in (
        (Mode.FOOT, _NO_FOOT_BARRIERS),
        (Mode.EBIKE, _NO_EBIKE_BARRIERS),
        (Mode.CAR, _NO_CAR_BARRIERS),
    ):
        said = _says(tags, _KEYS[mode])
        if locked or (barrier in kinds if said is None else not said):
            closed |= MODE_ACCESS[mode][0] | MODE_ACCESS[mode][1]
    return closed


def read_speed_kmh(text: str) -> float:
    """A speed limit in km/h; 0 where it is missing or not a number (``none``, ``CN:urban``)."""
    found = _SPEED.match(text)
    if found is None:
        return 0.0
    value = float(found[1]) * (_KMH_PER_MPH if found[2] == "mph" else 1.0)
    return min(value, 200.0)


def read_incline(text: str) -> int:
    """A slope in percent, up positive; 0 where it is missing or not a number (``up``)."""
    found = _SLOPE.match(text)
    if found is None:
        return 0
    value = float(found[1])
    percent = value if found[2] == "%" else 100 * math.tan(math.radians(min(abs(value), 60)))
    return round(math.copysign(min(abs(percent), _STEEPEST), value))


def _english(tags: Tags) -> str:
    name = tags.get("name", "")
    plain = name if name.isascii() else ""
    return tags.get("name:en") or tags.get("int_name") or plain or tags.get("ref", "")


def _lit(value: str) -> int:
    if value in _LIT:
        return 1
    return 0 if value in _UNLIT else -1


def _rough(tags: Tags) -> int:
    surface = tags.get("surface", "").partition(":")[0]
    by_surface = 2 if surface in _BAD else int(surface in _ROUGH)
    return max(
        by_surface,
        _ROUGH_TRACKS.get(tags.get("tracktype", ""), 0),
        _ROUGH_RIDES.get(tags.get("smoothness", ""), 0),
    )
