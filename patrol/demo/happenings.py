"""Rendered scenes in which one thing happens, with exact truth: what, when and how often.

For tests and benchmarks of rules and of states. Nobody is in a picture at the beginning.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from patrol.camera.arrivals import Arrival, FeedSettings
from patrol.camera.feed import Feed, Sink
from patrol.camera.picture import ArrayPicture
from patrol.demo.clips import Actor, Pixels, Scene, Waypoint, render
from patrol.model.camera import (
    RIGHT_TO_LEFT,
    Camera,
    CameraHealth,
    CameraState,
    Count,
    Notice,
    ObjectClass,
    Rule,
    RuleKind,
)
from patrol.model.place import Place

WIDTH_PX, HEIGHT_PX = 320, 240
FPS = 5.0
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

# The road is the band of 33 to 56 % of the height, the pavement what is below.
ROAD_Y, PAVEMENT_Y = 124.0, 190.0
ROAD = ((0.0, 80.0), (320.0, 80.0), (320.0, 140.0), (0.0, 140.0))
PAVEMENT = ((0.0, 145.0), (320.0, 145.0), (320.0, 240.0), (0.0, 240.0))
MIDDLE = ((160.0, 0.0), (160.0, 240.0))
DARK, PALE = (30, 35, 40), (225, 220, 230)

Change = Callable[[Pixels], Pixels]


@dataclass(frozen=True, slots=True)
class Happening:
    """A scene, its rules, and what must be found: ``at_s`` by rule, each within ``slack_s``.

    ``crossings`` is how many of each line's there are; ``state`` what the feed must be from
    ``state_s`` on.
    """

    name: str
    scene: Scene
    rules: tuple[Rule, ...] = ()
    at_s: dict[str, tuple[float, ...]] = field(default_factory=dict)
    slack_s: float = 6.0
    crossings: dict[str, int] = field(default_factory=dict)
    state: CameraState = CameraState.ONLINE
    state_s: float = 0.0
    change: Change | None = None

    def frames(self) -> Iterator[Pixels]:
        """The pictures; from ``state_s`` on changed."""
        from_frame = round(self.state_s * self.scene.fps)
        for number, picture in enumerate(render(self.scene)):
            changed = self.change is not None and number >= from_frame
            yield self.change(picture) if changed and self.change else picture


@dataclass(slots=True)
class Played:
    """What a feed told of some pictures."""

    notices: list[Notice] = field(default_factory=list)
    states: list[CameraHealth] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)

    def at_s(self, rule: str) -> list[float]:
        """When a rule noticed something, seconds from the start."""
        return [(n.at - START).total_seconds() for n in self.notices if n.rule == rule]

    def crossings(self, rule: str) -> float:
        """How many crossings a line counted."""
        latest = {
            (c.start, c.object_class, c.direction): c.value for c in self.counts if c.rule == rule
        }
        return sum(latest.values())


def play(frames: Iterable[Pixels], rules: tuple[Rule, ...], fps: float = FPS) -> Played:
    """Send pictures through a feed as fast as it takes them, by a clock of their own."""
    played, now = Played(), [START]
    sink = Sink(played.counts.extend, played.states.append, played.notices.append)
    camera = Camera("played", "played", Place(0, 0), "file:///none", rules=rules)
    settings = FeedSettings(analyse_fps=fps, width_px=WIDTH_PX)
    feed = Feed(camera, settings, sink, lambda: now[0])
    for number, picture in enumerate(frames):
        t_s = number / fps
        now[0] = START + timedelta(seconds=t_s)
        feed.take(Arrival(ArrayPicture(picture), t_s))
    feed.finish()
    return played


def mistakes(happening: Happening, played: Played) -> list[str]:
    """What was missed, too much, or too late; nothing where all is as it was drawn."""
    wrong = []
    for rule in happening.rules:
        if rule.kind in {RuleKind.LINE, RuleKind.ZONE}:
            continue
        found, due = played.at_s(rule.name), happening.at_s.get(rule.name, ())
        fits = len(found) == len(due) and all(
            abs(a - b) <= happening.slack_s for a, b in zip(found, due, strict=True)
        )
        if not fits:
            wrong.append(f"{happening.name}: {rule.name} at {found}, drawn at {list(due)}")
    for name, count in happening.crossings.items():
        if played.crossings(name) != count:
            wrong.append(f"{happening.name}: {name} {played.crossings(name)}, drawn {count}")
    states = [(h.state, (h.since - START).total_seconds()) for h in played.states]
    expected = [CameraState.ONLINE]
    if happening.state is not CameraState.ONLINE:
        expected.append(happening.state)
    if [state for state, _ in states] != expected:
        wrong.append(f"{happening.name}: states {states}, drawn {expected}")
    return wrong


def all_happenings(seed: int) -> list[Happening]:
    """Every happening once; the seed changes ground, noise and shades."""
    return [
        stopped_vehicle(seed),
        loitering(seed + 1),
        stop_and_go(seed + 2),
        crowd(seed + 3),
        wrong_way(seed + 4),
        *(fault(state, seed + 5 + n) for n, state in enumerate(FAULTS)),
    ]


def stopped_vehicle(seed: int) -> Happening:
    """A car stands for 80 s while people and another car pass; a third one stands for 20 s."""
    actors = (
        _car((4, -60), (10, 170), (90, 170), (96, 380)),
        _car((30, 380), (36, -60), y=104.0),
        _person((20, -20), (60, 340)),
        _car((110, -60), (115, 140), (135, 140), (141, 380)),
    )
    rule = Rule("parked", RuleKind.STOPPED_VEHICLE, ROAD, lasting_s=60.0)
    return Happening("stopped vehicle", _scene(seed, 160, actors), (rule,), {"parked": (70.0,)})


def loitering(seed: int) -> Happening:
    """One walks up and down and stands about for 130 s; three pass by."""
    actors = (
        _person((5, -20), (20, 120), (45, 130), (60, 200), (100, 190), (130, 110), (150, 340)),
        _person((25, 340), (60, -20), y=170.0, color=PALE),
        _person((70, -20), (110, 340), y=215.0),
        _person((155, -20), (190, 340), color=PALE),
    )
    rule = Rule("loiter", RuleKind.LOITERING, PAVEMENT, lasting_s=90.0)
    return Happening("loitering", _scene(seed, 195, actors), (rule,), {"loiter": (97.0,)})


def stop_and_go(seed: int) -> Happening:
    """Two wait on the line before they go on, one turns back there: two crossings."""
    actors = (
        _person((4, -20), (20, 160), (45, 160), (62, 340)),
        _person((70, 340), (86, 162), (100, 158), (116, 340), color=PALE),
        _car((125, -60), (129, 160), (145, 160), (150, 380)),
    )
    rule = Rule("gate", RuleKind.LINE, MIDDLE)
    return Happening("stop and go", _scene(seed, 160, actors), (rule,), crossings={"gate": 2})


def crowd(seed: int) -> Happening:
    """Three stand together, later seven for 40 s."""
    few = [_person((5, -20), (12, 60 + 50 * n), (100, 62 + 50 * n), (115, -20)) for n in range(3)]
    more = [
        _person((30 + n, 340), (38 + n, 85 + 50 * n), (78 + n, 86 + 50 * n), (90 + n, 340), y=225.0)
        for n in range(4)
    ]
    rule = Rule("crowd", RuleKind.CROWDING, PAVEMENT, over=5, lasting_s=10.0)
    # The sixth one is inside at 33 s.
    return Happening("crowd", _scene(seed, 120, (*few, *more)), (rule,), {"crowd": (43.0,)})


def wrong_way(seed: int) -> Happening:
    """Two cars go as they should, one comes against them."""
    actors = (
        _car((5, 380), (11, -60)),
        _car((20, -60), (26, 380)),
        _car((35, 380), (41, -60)),
        _person((10, -20), (50, 340)),
    )
    # Looking down the line, left is where x is greater: from left to right is the drawn way.
    rule = Rule("way", RuleKind.WRONG_WAY, ((160.0, 70.0), (160.0, 145.0)), direction=RIGHT_TO_LEFT)
    return Happening("wrong way", _scene(seed, 60, actors), (rule,), {"way": (23.0,)}, slack_s=2.0)


FAULTS = (CameraState.OBSCURED, CameraState.MOVED, CameraState.DARK, CameraState.FROZEN)


def fault(state: CameraState, seed: int) -> Happening:
    """Half a minute of a street, then the camera is covered, turned, in the dark or frozen."""
    actors = (_person((5, -20), (28, 340)), _person((60, -20), (84, 340), color=PALE))
    loiter = Rule("loiter", RuleKind.LOITERING, PAVEMENT, lasting_s=60.0)
    scene = _scene(seed, 90, actors)
    changes = {
        CameraState.OBSCURED: _covered(seed),
        CameraState.MOVED: lambda picture: np.roll(picture, 90, axis=1),
        CameraState.DARK: lambda picture: (picture * 0.06).astype(np.uint8),
        CameraState.FROZEN: _frozen(),
    }
    return Happening(str(state), scene, (loiter,), state=state, state_s=30.0, change=changes[state])


def quiet(seed: int, minutes: float) -> Happening:
    """Passers-by, changing light, and nothing that a rule should notice."""
    draw = np.random.default_rng(seed)
    actors = []
    for start_s in np.arange(10.0, minutes * 60 - 60, 45.0):
        begin_s = float(start_s + draw.uniform(0, 15))
        ends = (-20.0, 340.0) if draw.random() < 0.5 else (340.0, -20.0)
        if draw.random() < 0.7:
            took_s = float(draw.uniform(25, 40))
            y = float(draw.uniform(160, 225))
            actors.append(_person((begin_s, ends[0]), (begin_s + took_s, ends[1]), y=y))
        else:
            far = (ends[0] * 3, ends[1] + (40 if ends[1] > 0 else -40))
            actors.append(_car((begin_s, far[0]), (begin_s + 7.0, far[1])))
    rules = (
        Rule("parked", RuleKind.STOPPED_VEHICLE, ROAD, lasting_s=20.0),
        Rule("loiter", RuleKind.LOITERING, PAVEMENT, lasting_s=60.0),
        Rule("crowd", RuleKind.CROWDING, PAVEMENT, over=2, lasting_s=5.0),
    )
    return Happening("quiet", _scene(seed, minutes * 60, tuple(actors)), rules, change=_clouds())


def _scene(seed: int, seconds: float, actors: tuple[Actor, ...]) -> Scene:
    return Scene(WIDTH_PX, HEIGHT_PX, FPS, seconds, seed, actors, near_px=70.0, far_px=26.0)


def _person(
    *way: tuple[float, float], y: float = PAVEMENT_Y, color: tuple[int, int, int] = DARK
) -> Actor:
    return Actor(ObjectClass.PERSON, _waypoints(way, y), color)


def _car(*way: tuple[float, float], y: float = ROAD_Y) -> Actor:
    return Actor(ObjectClass.CAR, _waypoints(way, y), (40, 45, 70), 0.95)


def _waypoints(way: tuple[tuple[float, float], ...], y: float) -> tuple[Waypoint, ...]:
    return tuple((float(t_s), float(x), y) for t_s, x in way)


def _covered(seed: int) -> Change:
    noise = np.random.default_rng(seed)

    def cover(picture: Pixels) -> Pixels:
        gray = 120 + noise.normal(0, 2, picture.shape)
        return gray.astype(np.uint8)

    return cover


def _frozen() -> Change:
    last: list[Pixels] = []

    def freeze(picture: Pixels) -> Pixels:
        if not last:
            last.append(picture.copy())
        return last[0]

    return freeze


def _clouds() -> Change:
    count = [0]

    def shade(picture: Pixels) -> Pixels:
        count[0] += 1
        # A cloud each four minutes takes a fifth of the light within half a minute.
        light = 0.9 + 0.1 * np.cos(2 * np.pi * count[0] / (240 * FPS))
        shaded: Pixels = (picture * light).astype(np.uint8)
        return shaded

    return shade
