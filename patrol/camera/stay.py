"""Rules about those who stay: crowds, loiterers and stopped vehicles.

A track breaks where somebody hides for a moment; who turns up near the place where another was
lost is taken to be the same, so that a stay goes on. Nothing here knows who it is, and track
numbers never leave the worker.
"""

import math
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from patrol.camera.box import Step
from patrol.camera.followed import Standing
from patrol.camera.rule import Occupancy, ZoneCounter, in_polygon
from patrol.model.camera import ObjectClass, Rule, RuleKind

OUTSIDE_S = 3.0
"""Who leaves a zone for no longer has not left it."""

LOST_S = 6.0
"""A stay whose track is lost may be continued by another for this long."""

EDGE_SHARE = 0.75
"""Whose middle is nearer to the picture's side than this share of its width is leaving."""

NEAR_SHARE = 0.6
"""How near to the place where a track was lost another must begin, in sizes of the thing."""

SPELL_SHARE = 0.8
"""Share of looks in which a crowd must be over the limit: one who hides for a moment ends none."""

WIDE_SHARE = 1.15
"""Without a detector, what is wider than tall by this is a vehicle."""

_VEHICLES = frozenset({ObjectClass.CAR, ObjectClass.MOTORCYCLE, ObjectClass.BUS, ObjectClass.TRUCK})


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a rule noticed at one frame, and how many it was."""

    rule: str
    kind: RuleKind
    frame: int
    t_s: float
    count: int
    direction: str = ""
    object_class: ObjectClass = ObjectClass.OBJECT


class CrowdWatch:
    """Notice when more than ``rule.over`` are inside for ``rule.lasting_s``, once a crowd.

    Parameters
    ----------
    rule
        A crowding rule.
    size_px
        (width, height) of the source.
    lag_s
        How long frames are held back, as for :class:`~patrol.camera.rule.ZoneCounter`.
    """

    def __init__(self, rule: Rule, size_px: tuple[int, int], lag_s: float) -> None:
        self.rule = rule
        self._zone = ZoneCounter(rule, size_px, lag_s)
        self._looks: deque[tuple[float, int]] = deque()
        self._crowded = False

    def feed(self, frame: int, t_s: float, steps: Iterable[Step]) -> list[Noticed]:
        """Take one frame; at most one notice, of the frame in which the crowd had lasted."""
        return self._judge(self._zone.feed(frame, t_s, steps))

    def finish(self) -> list[Noticed]:
        """Judge what was still held back: the feed ended."""
        return self._judge(self._zone.finish())

    def _judge(self, occupancies: Iterable[Occupancy]) -> list[Noticed]:
        found = []
        for occupancy in occupancies:
            noticed = self._look(occupancy)
            if noticed is not None:
                found.append(noticed)
        return found

    def _look(self, occupancy: Occupancy) -> Noticed | None:
        rule, t_s = self.rule, occupancy.t_s
        if self._looks and t_s - self._looks[-1][0] > OUTSIDE_S:
            # Nobody knows what was there meanwhile.
            self._looks.clear()
        self._looks.append((t_s, occupancy.count))
        # One look from before the spell is kept: it tells that the spell is whole.
        while len(self._looks) > 1 and self._looks[1][0] <= t_s - rule.lasting_s:
            self._looks.popleft()
        whole = self._looks[0][0] <= t_s - rule.lasting_s
        over = sum(count > rule.over for _, count in self._looks) / len(self._looks)
        if self._crowded:
            self._crowded = over > 1 - SPELL_SHARE
            return None
        if not whole or over < SPELL_SHARE or occupancy.count <= rule.over:
            return None
        self._crowded = True
        return Noticed(rule.name, rule.kind, occupancy.frame, t_s, occupancy.count)


@dataclass(slots=True)
class _Stay:
    """One that is inside: since when, and where it was last."""

    since_s: float
    inside_s: float
    seen_s: float
    at: tuple[float, float]
    size: float
    still: Standing | None = None
    told: bool = False
    gone: bool = False
    """Whether it was last seen at the edge of the picture, by which it can only have left."""


@dataclass(slots=True)
class _Stays:
    """All who are inside one zone, by track."""

    by_track: dict[int, _Stay] = field(default_factory=dict)

    def of(self, step: Step, present: Collection[int]) -> _Stay | None:
        """The stay of a track; one that was lost near here goes on as this track's."""
        known = self.by_track.get(step.track)
        if known is not None:
            return known
        near, nearest = None, math.inf
        for track, stay in self.by_track.items():
            distance = math.dist(stay.at, (step.x, step.y))
            close = distance < min(nearest, NEAR_SHARE * max(stay.size, step.size))
            if close and track not in present and not stay.gone:
                near, nearest = track, distance
        if near is None:
            return None
        stay = self.by_track.pop(near)
        self.by_track[step.track] = stay
        return stay

    def drop(self, t_s: float) -> None:
        """End the stays of those who left or were lost for long."""
        self.by_track = {
            track: stay
            for track, stay in self.by_track.items()
            if t_s - stay.inside_s <= OUTSIDE_S
            or (stay.seen_s <= stay.inside_s and t_s - stay.seen_s <= LOST_S)
        }

    def told(self) -> int:
        """How many of those inside were noticed."""
        return sum(stay.told for stay in self.by_track.values())


class StayWatch:
    """Notice each one who loiters in a zone, or each vehicle that stands in it, once a stay.

    Parameters
    ----------
    rule
        A rule of kind ``loitering`` or ``stopped_vehicle``.
    size_px
        (width, height) of the source; feet below its lower edge stand on the edge.
    """

    def __init__(self, rule: Rule, size_px: tuple[int, int]) -> None:
        self.rule = rule
        self._size_px = size_px
        self._vehicles = rule.kind is RuleKind.STOPPED_VEHICLE
        self._stays = _Stays()

    def feed(self, frame: int, t_s: float, steps: Sequence[Step]) -> list[Noticed]:
        """Take one frame and the steps that became known with it."""
        found = []
        present = {step.track for step in steps}
        for step in steps:
            if is_vehicle(step) is self._vehicles and self._stays_on(step, present):
                count = self._stays.told()
                found.append(Noticed(self.rule.name, self.rule.kind, frame, t_s, count))
        self._stays.drop(t_s)
        return found

    def _stays_on(self, step: Step, present: Collection[int]) -> bool:
        """Take one step; whether with it a stay has become long enough."""
        stay = self._stays.of(step, present)
        if not self._inside(step):
            if stay is not None:
                stay.seen_s = max(stay.seen_s, step.t_s)
            return False
        here = (step.x, step.y)
        if stay is None:
            stay = _Stay(step.t_s, step.t_s, step.t_s, here, step.size)
            stay.still = Standing(here, step.t_s) if self._vehicles else None
            self._stays.by_track[step.track] = stay
        elif stay.still is not None and stay.still.note(here, step.t_s, step.size):
            stay.since_s, stay.told = step.t_s, False
        stay.inside_s = stay.seen_s = max(stay.seen_s, step.t_s)
        stay.at, stay.size = here, step.size
        stay.gone = self._at_edge(step)
        if stay.told or step.t_s - stay.since_s < self.rule.lasting_s:
            return False
        stay.told = True
        return True

    def _at_edge(self, step: Step) -> bool:
        width_px, height_px = self._size_px
        half = EDGE_SHARE * max(step.width, 1.0)
        return not (half < step.x < width_px - half and step.y < height_px - 2)

    def _inside(self, step: Step) -> bool:
        width_px, height_px = self._size_px
        x = min(max(step.x, 0.5), width_px - 0.5)
        y = min(max(step.y, 0.5), height_px - 0.5)
        return in_polygon(x, y, self.rule.points)

    def finish(self) -> list[Noticed]:
        """Nothing is held back."""
        return []


def is_vehicle(step: Step) -> bool:
    """Whether a step is a vehicle's; by shape where no detector told its class."""
    if step.object_class is ObjectClass.OBJECT:
        return step.width > WIDE_SHARE * step.height
    return step.object_class in _VEHICLES
