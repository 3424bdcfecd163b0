"""Turn-by-turn lists: what to do at which corner, in Chinese and in English."""

import numpy as np

from patrol.model.errors import InputError
from patrol.model.plan import Leg, Step
from patrol.routing.streets import Floats, StreetNetwork
from patrol.routing.travel import Path
from patrol.routing.turns import bearings, turn_deg

_TURNS = (
    (20.0, "straight", "straight"),
    (50.0, "slight_right", "slight_left"),
    (120.0, "right", "left"),
    (165.0, "sharp_right", "sharp_left"),
)
"""Up to this change of direction (degrees): the turn to the right and to the left."""
_SAME_STREET_DEG = 60.0
"""A street that bends less than this at a crossing goes on; nobody needs to be told."""
_UNNAMED_DEG = 40.0
"""The same on ways without a name, where only the bend shows the way."""
_LINK_M = 25.0
"""Unnamed pieces up to this long (crossings, islands) belong to the street before them."""

_ZH = {
    "depart": "从{street}出发",
    "straight": "直行，沿{street}",
    "slight_left": "向左前方，沿{street}",
    "left": "左转，进入{street}",
    "sharp_left": "向左后方转，进入{street}",
    "slight_right": "向右前方，沿{street}",
    "right": "右转，进入{street}",
    "sharp_right": "向右后方转，进入{street}",
    "uturn": "掉头，沿{street}",
    "arrive": "到达",
}
_EN = {
    "depart": "Start on {street}",
    "straight": "Continue on {street}",
    "slight_left": "Bear left on {street}",
    "left": "Turn left onto {street}",
    "sharp_left": "Turn sharp left onto {street}",
    "slight_right": "Bear right on {street}",
    "right": "Turn right onto {street}",
    "sharp_right": "Turn sharp right onto {street}",
    "uturn": "Turn round on {street}",
    "arrive": "Arrive",
}
_TEXTS = {"zh": _ZH, "en": _EN}
_NO_NAME = {"zh": "无名道路", "en": "the unnamed way"}


def make_leg(network: StreetNetwork, path: Path) -> Leg:
    """The way as it is kept in a plan: line, length, time and steps."""
    return Leg(
        line=tuple([(lon, lat) for lon, lat in path.line.round(7).tolist()]),
        distance_m=path.distance_m,
        travel_s=round(path.travel_s),
        steps=make_steps(network, path),
    )


def make_steps(network: StreetNetwork, path: Path) -> tuple[Step, ...]:
    """One step per street, from ``depart`` to ``arrive``; their lengths sum to the way's."""
    starts, turns = _starts(network, path)
    stops = [*starts[1:], len(path.segments)]
    steps = []
    for start, stop, turn in zip(starts, stops, turns, strict=True):
        segment = int(path.segments[start])
        lon, lat = path.line[0] if start == 0 else _first_point(network, path, start)
        steps.append(
            Step(
                turn=turn,
                street=network.seg_name[segment],
                distance_m=float(path.lengths_m[start:stop].sum()),
                lon=round(float(lon), 7),
                lat=round(float(lat), 7),
                street_en=network.seg_name_en[segment],
            )
        )
    lon, lat = path.line[-1]
    return (*steps, Step("arrive", "", 0.0, round(float(lon), 7), round(float(lat), 7)))


def turn_name(change_deg: float) -> str:
    """The word for a change of direction in degrees, right positive, in [-180, 180]."""
    for limit_deg, to_right, to_left in _TURNS:
        if abs(change_deg) <= limit_deg:
            return to_right if change_deg >= 0 else to_left
    return "uturn"


def step_text(step: Step, lang: str) -> str:
    """One line for a person, ``lang`` is ``zh`` or ``en``.

    Raises
    ------
    InputError
        If the language or the step's turn is not known.
    """
    texts = _TEXTS.get(lang)
    if texts is None:
        raise InputError(f"lang must be zh or en, got {lang}")
    if step.turn not in texts:
        raise InputError(f"turn must be one of {', '.join(texts)}, got {step.turn}")
    street = (lang == "en" and step.street_en) or step.street
    text = texts[step.turn].format(street=street or _NO_NAME[lang])
    if step.turn == "arrive":
        return text
    if lang == "zh":
        return f"{text}，行 {_length(step.distance_m, '米', '公里')}"
    return f"{text}, {_length(step.distance_m, 'm', 'km')}"


def _length(meters: float, m: str, km: str) -> str:
    if meters < 995:
        return f"{max(10, round(meters, -1)):.0f} {m}"
    return f"{meters / 1_000:.1f} {km}"


def _first_point(network: StreetNetwork, path: Path, index: int) -> tuple[float, float]:
    line = network.segment_line(int(path.segments[index]))
    lon, lat = line[0] if path.forward[index] else line[-1]
    return float(lon), float(lat)


def _starts(network: StreetNetwork, path: Path) -> tuple[list[int], list[str]]:
    """Indices of the segments at which a new step begins, and the turn there."""
    changes_deg = _changes_deg(network, path).tolist()
    names = [network.seg_name[segment] for segment in path.segments.tolist()]
    short = (path.lengths_m <= _LINK_M).tolist()
    # One turns round where the same segment is used again in the other direction.
    turned = path.forward[1:] != path.forward[:-1]
    back = ((np.diff(path.segments) == 0) & turned).tolist()
    starts, turns, name = [0], ["depart"], names[0]
    for k in range(1, len(names)):
        here, change_deg = names[k], changes_deg[k - 1]
        limit_deg = _SAME_STREET_DEG if here else _UNNAMED_DEG
        link = not here and short[k] and k + 1 < len(names)
        bends = here == name and abs(change_deg) > limit_deg
        if back[k - 1] or bends or (here != name and not link):
            starts.append(k)
            turns.append("uturn" if back[k - 1] else turn_name(change_deg))
            name = here
    return starts, turns


def _changes_deg(network: StreetNetwork, path: Path) -> Floats:
    """Change of direction from each segment of the way to the next, shape (k - 1,)."""
    start_deg, end_deg = network.once("bearings", lambda: bearings(network))
    segments, forward = path.segments, path.forward
    leaving = np.where(forward, end_deg[segments], start_deg[segments] + 180)
    entering = np.where(forward, start_deg[segments], end_deg[segments] + 180)
    return turn_deg(leaving[:-1], entering[1:])
