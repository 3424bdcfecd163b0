import math

import numpy as np
import pytest

from patrol.camera.analyse import Analyser
from patrol.camera.box import Step
from patrol.camera.picture import ArrayPicture
from patrol.camera.rule import LineCounter, ZoneCounter
from patrol.model.camera import LEFT_TO_RIGHT, RIGHT_TO_LEFT, ObjectClass, Rule, RuleKind

# From top to bottom of the picture: left of the look down the line is where x is greater.
LINE = Rule("gate", RuleKind.LINE, ((100, 0), (100, 200)))
SQUARE = Rule("square", RuleKind.ZONE, ((0, 0), (100, 0), (100, 100), (0, 100)))


def walk(points: list[tuple[float, float]], track: int = 1, first_frame: int = 1) -> list[Step]:
    return [
        Step(track, first_frame + i, i / 10, x, y, ObjectClass.PERSON)
        for i, (x, y) in enumerate(points)
    ]


def counted(points: list[tuple[float, float]], band_px: float = 4) -> list[tuple[int, str]]:
    crossings = LineCounter(LINE, band_px).feed(walk(points))
    return [(crossing.frame, crossing.direction) for crossing in crossings]


def test_walk_across_counts_once_in_the_frame_in_which_the_feet_meet_the_line() -> None:
    assert counted([(80 + 5 * i, 100) for i in range(12)]) == [(6, RIGHT_TO_LEFT)]
    assert counted([(122 - 5 * i, 100) for i in range(12)]) == [(6, LEFT_TO_RIGHT)]


def test_walk_past_the_end_of_the_line_does_not_count() -> None:
    assert counted([(80 + 5 * i, 230) for i in range(12)]) == []


def test_walk_around_the_end_and_back_through_the_line_counts_the_way_back() -> None:
    out = [(80 + 5 * i, 230.0) for i in range(10)]
    back = [(125 - 5 * i, 100.0) for i in range(12)]
    assert [direction for _, direction in counted(out + back)] == [LEFT_TO_RIGHT]


def test_waiting_on_the_line_counts_once_when_leaving_on_the_other_side() -> None:
    here = [(80 + 5 * i, 100.0) for i in range(5)]
    waiting = [(100 + 3 * math.sin(i), 100.0) for i in range(200)]
    away = [(100 + 5 * i, 100.0) for i in range(8)]
    assert [direction for _, direction in counted(here + waiting + away)] == [RIGHT_TO_LEFT]


def test_waiting_on_the_line_and_turning_back_counts_nothing() -> None:
    here = [(80 + 5 * i, 100.0) for i in range(5)]
    waiting = [(100 + 3 * math.sin(i), 100.0) for i in range(200)]
    back = [(100 - 5 * i, 100.0) for i in range(8)]
    assert counted(here + waiting + back) == []


def test_two_frames_beyond_the_line_are_not_enough() -> None:
    assert counted([(90, 100), (95, 100), (110, 100), (112, 100), (95, 100), (80, 100)]) == []


def test_first_side_never_counts() -> None:
    assert counted([(130, 100)] * 10) == []


def test_each_track_has_its_own_side() -> None:
    line = LineCounter(LINE, 4)
    one = walk([(80 + 5 * i, 100) for i in range(12)], track=1)
    two = walk([(122 - 5 * i, 50) for i in range(12)], track=2)
    mixed = [step for pair in zip(one, two, strict=True) for step in pair]
    directions = sorted(crossing.direction for crossing in line.feed(mixed))
    assert directions == [LEFT_TO_RIGHT, RIGHT_TO_LEFT]


def test_forgotten_track_starts_anew() -> None:
    line = LineCounter(LINE, 4, forget_s=5)
    line.feed(walk([(80, 100)] * 5))
    line.forget(60)
    assert line.feed(walk([(120, 100)] * 10, first_frame=700)) == []


def test_zone_counts_feet_and_fills_in_who_was_hidden_for_a_moment() -> None:
    zone = ZoneCounter(SQUARE, (400, 300), lag_s=1.0)
    inside = [Step(1, f, f / 10, 50, 50, ObjectClass.PERSON) for f in range(1, 31)]
    found = []
    for frame in range(1, 31):
        # Unseen in frames 11 to 15; its steps come filled in with frame 16.
        steps = [] if 11 <= frame <= 15 else [inside[frame - 1]]
        if frame == 16:
            steps = inside[10:16]
        found += zone.feed(frame, frame / 10, steps)
    assert found[-1].frame == 20  # The last second is held back.
    found += zone.finish()
    assert [occupancy.frame for occupancy in found] == list(range(1, 31))
    assert [occupancy.count for occupancy in found] == [1] * 30


def test_zone_counts_feet_below_the_picture_as_standing_on_its_edge() -> None:
    zone = ZoneCounter(
        Rule("all", RuleKind.ZONE, ((0, 0), (400, 0), (400, 300), (0, 300))), (400, 300), 0.0
    )
    steps = [Step(1, 1, 0.1, 50, 320, ObjectClass.OBJECT), Step(2, 1, 0.1, -4, 20, ObjectClass.CAR)]
    (occupancy,) = zone.feed(1, 0.1, steps)
    assert occupancy.by_class == {ObjectClass.OBJECT: 1, ObjectClass.CAR: 1}


@pytest.mark.parametrize(("x", "y", "count"), [(50, 50, 1), (150, 50, 0), (50, 150, 0)])
def test_zone_knows_inside_from_outside(x: float, y: float, count: int) -> None:
    zone = ZoneCounter(SQUARE, (400, 300), 0.0)
    (occupancy,) = zone.feed(1, 0.1, [Step(1, 1, 0.1, x, y, ObjectClass.OBJECT)])
    assert occupancy.count == count


def test_analyser_lets_go_of_tracks_that_have_ended() -> None:
    analyser = Analyser([Rule("gate", RuleKind.LINE, ((100, 0), (100, 200)))], (200, 200))
    blank = ArrayPicture(np.full((200, 200), 100, dtype=np.uint8))
    counter = analyser._lines[0]
    counter.feed([Step(n, n + 1, 0.0, 50.0, 100.0, ObjectClass.OBJECT) for n in range(500)])
    for n in range(100):
        analyser.analyse(blank, n + 1, n / 2)
    assert counter._passages == {}
