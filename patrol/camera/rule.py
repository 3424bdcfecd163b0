"""Rules on a picture: lines that count crossings and zones that count who is inside."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from patrol.camera.box import Step
from patrol.model.camera import LEFT_TO_RIGHT, RIGHT_TO_LEFT, ObjectClass, Rule

FRAMES_TO_STAY = 3
"""Frames on the new side before a crossing counts (the definition of the counting truth)."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Crossing:
    """One counted crossing of a line; ``frame`` is the one in which the feet met the line."""

    rule: str
    frame: int
    t_s: float
    direction: str
    object_class: ObjectClass


def side_of(point: Point, first: Point, second: Point) -> float:
    """Positive where ``point`` is left of the look from ``first`` to ``second``, y down.

    The size is twice the area of the triangle, square pixels.
    """
    return (point[0] - first[0]) * (second[1] - first[1]) - (second[0] - first[0]) * (
        point[1] - first[1]
    )


def steps_meet(a: Point, b: Point, first: Point, second: Point) -> bool:
    """Whether the step from ``a`` to ``b`` meets the segment from ``first`` to ``second``."""
    return (
        side_of(a, first, second) * side_of(b, first, second) <= 0
        and side_of(first, a, b) * side_of(second, a, b) <= 0
    )


@dataclass(slots=True)
class _Passage:
    """What a line knows of one track."""

    side: int
    last: Step
    changed: Step | None = None
    meets: bool = False
    stayed: int = 0


class LineCounter:
    """Count crossings of one line, once each.

    A crossing counts when the feet went through the segment, stayed three frames on the new side
    and got farther from the line than the band, so that somebody who waits on the line, or a box
    that trembles there, counts once or not at all.

    Parameters
    ----------
    rule
        A line, in pixels of the source.
    band_px
        Half width of the band around the line inside which nobody changes sides, >= 0.
    forget_s
        A track that was silent for this long is forgotten, > 0.
    """

    def __init__(self, rule: Rule, band_px: float, forget_s: float = 30.0) -> None:
        self.rule = rule
        self._first, self._second = rule.points[0], rule.points[1]
        self._length = math.dist(self._first, self._second)
        self._band_px = band_px
        self._forget_s = forget_s
        self._passages: dict[int, _Passage] = {}

    def _distance_px(self, step: Step) -> float:
        return side_of((step.x, step.y), self._first, self._second) / self._length

    def feed(self, steps: Iterable[Step]) -> list[Crossing]:
        """Take the next steps of any tracks, each track's in order of frames.

        Only sightings count: where a track was not seen, it went straight between two of them.
        """
        crossings = []
        for step in steps:
            if not step.seen:
                continue
            passage = self._passages.get(step.track)
            if passage is None:
                side = 1 if self._distance_px(step) > 0 else -1
                self._passages[step.track] = _Passage(side, step)
                continue
            crossing = self._advance(passage, step)
            if crossing is not None:
                crossings.append(crossing)
        return crossings

    def _advance(self, passage: _Passage, step: Step) -> Crossing | None:
        distance_px = self._distance_px(step)
        side = 1 if distance_px > 0 else -1
        last, passage.last = passage.last, step
        if side == passage.side:
            passage.changed, passage.stayed = None, 0
            return None
        if passage.changed is None:
            passage.changed = self._meeting(last, step)
            passage.meets = steps_meet(
                (last.x, last.y), (step.x, step.y), self._first, self._second
            )
            passage.stayed = step.frame - passage.changed.frame + 1
        else:
            passage.stayed += step.frame - last.frame
        if passage.stayed < FRAMES_TO_STAY or abs(distance_px) < self._band_px:
            return None
        met, passage.changed, passage.side, passage.stayed = passage.changed, None, side, 0
        if not passage.meets:
            return None
        direction = LEFT_TO_RIGHT if side < 0 else RIGHT_TO_LEFT
        return Crossing(self.rule.name, met.frame, met.t_s, direction, step.object_class)

    def _meeting(self, before: Step, after: Step) -> Step:
        """The step, interpolated, in which the feet met the line; the first frame beyond it."""
        from_px, to_px = abs(self._distance_px(before)), abs(self._distance_px(after))
        share = from_px / (from_px + to_px) if from_px + to_px > 0 else 1.0
        frame = before.frame + math.ceil(share * (after.frame - before.frame))
        return Step(
            after.track,
            max(frame, before.frame + 1),
            before.t_s + share * (after.t_s - before.t_s),
            before.x + share * (after.x - before.x),
            before.y + share * (after.y - before.y),
            after.object_class,
        )

    def forget(self, before_s: float) -> None:
        """Drop tracks not heard of since ``before_s`` less the time to forget."""
        limit_s = before_s - self._forget_s
        self._passages = {
            track: passage
            for track, passage in self._passages.items()
            if passage.last.t_s >= limit_s
        }


def in_polygon(x: float, y: float, points: tuple[Point, ...]) -> bool:
    """Whether a point lies in a polygon (even-odd rule; edges belong to one side)."""
    inside = False
    x_1, y_1 = points[-1]
    for x_2, y_2 in points:
        if (y_1 > y) != (y_2 > y) and x < (x_2 - x_1) * (y - y_1) / (y_2 - y_1) + x_1:
            inside = not inside
        x_1, y_1 = x_2, y_2
    return inside


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How many stood in a zone at one frame, by class."""

    frame: int
    t_s: float
    count: int
    by_class: dict[ObjectClass, int]


class ZoneCounter:
    """Count who stands in a zone, frame by frame.

    Frames are held back until nobody's steps can be filled in any more (``lag_s``), so that a
    person hidden behind a post for a moment is counted all along.

    Parameters
    ----------
    rule
        A zone, in pixels of the source.
    size_px
        (width, height) of the source; feet below its lower edge stand on the edge.
    lag_s
        How long frames are held back, >= the longest time a track may be unseen.
    """

    def __init__(self, rule: Rule, size_px: tuple[int, int], lag_s: float) -> None:
        self.rule = rule
        self._size_px = size_px
        self._lag_s = lag_s
        self._inside: dict[int, dict[int, ObjectClass]] = {}
        self._frames: deque[tuple[int, float]] = deque()

    def feed(self, frame: int, t_s: float, steps: Iterable[Step]) -> list[Occupancy]:
        """Take one frame and the steps that became known with it; give what is settled."""
        self._frames.append((frame, t_s))
        self._inside.setdefault(frame, {})
        width_px, height_px = self._size_px
        for step in steps:
            there = self._inside.get(step.frame)
            if there is None:
                continue
            x = min(max(step.x, 0.5), width_px - 0.5)
            y = min(max(step.y, 0.5), height_px - 0.5)
            if in_polygon(x, y, self.rule.points):
                there[step.track] = step.object_class
        return self._settled(t_s - self._lag_s)

    def finish(self) -> list[Occupancy]:
        """Give what was still held back: the feed ended."""
        return self._settled(math.inf)

    def _settled(self, until_s: float) -> list[Occupancy]:
        done = []
        while self._frames and self._frames[0][1] <= until_s:
            frame, t_s = self._frames.popleft()
            there = self._inside.pop(frame)
            by_class: dict[ObjectClass, int] = {}
            for object_class in there.values():
                by_class[object_class] = by_class.get(object_class, 0) + 1
            done.append(Occupancy(frame, t_s, len(there), by_class))
        return done
