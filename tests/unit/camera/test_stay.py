"""Crowds, loiterers and stopped vehicles, from steps that are written down here."""

from collections.abc import Iterator

import pytest

from patrol.camera.analyse import tall_enough, wrong_ways
from patrol.camera.box import Step
from patrol.camera.followed import AWAY_S
from patrol.camera.rule import Crossing
from patrol.camera.stay import CrowdWatch, Noticed, StayWatch
from patrol.model.camera import LEFT_TO_RIGHT, RIGHT_TO_LEFT, ObjectClass, Rule, RuleKind

SQUARE = ((100.0, 100.0), (300.0, 100.0), (300.0, 300.0), (100.0, 300.0))
SIZE = (640, 480)
FPS = 5.0

PERSON = (20.0, 50.0)
CAR = (100.0, 45.0)


def times(seconds: float) -> Iterator[tuple[int, float]]:
    return ((n + 1, n / FPS) for n in range(round(seconds * FPS)))


def step(
    track: int, frame: int, t_s: float, x: float, y: float, size: tuple[float, float] = PERSON
) -> Step:
    return Step(track, frame, t_s, x, y, ObjectClass.OBJECT, True, *size)


def crowd(over: int = 2, lasting_s: float = 5.0) -> CrowdWatch:
    rule = Rule("crowd", RuleKind.CROWDING, SQUARE, over=over, lasting_s=lasting_s)
    return CrowdWatch(rule, SIZE, lag_s=1.0)


def gathered(watch: CrowdWatch, counts: list[int]) -> list[tuple[float, int]]:
    found: list[Noticed] = []
    for n, count in enumerate(counts):
        t_s = n / FPS
        steps = [step(k, n + 1, t_s, 150 + 10 * k, 200) for k in range(count)]
        found.extend(watch.feed(n + 1, t_s, steps))
    found.extend(watch.finish())
    return [(noticed.t_s, noticed.count) for noticed in found]


def test_crowd_is_noticed_once_when_it_has_lasted() -> None:
    found = gathered(crowd(), [1] * 20 + [4] * 200)
    assert len(found) == 1
    # Four fifths of five seconds must be over the limit; the crowd came after four seconds.
    assert 8.0 <= found[0][0] <= 9.2


def test_crowd_that_disperses_in_time_is_none() -> None:
    assert gathered(crowd(), [1] * 20 + [4] * 15 + [1] * 60) == []


def test_one_who_hides_for_a_moment_does_not_end_a_crowd() -> None:
    blinking = [2 if n % 8 == 0 else 3 for n in range(80)]
    assert len(gathered(crowd(), blinking)) == 1


def test_second_crowd_is_noticed_after_the_first_has_gone() -> None:
    assert len(gathered(crowd(), [4] * 50 + [0] * 50 + [4] * 50)) == 2


def test_exactly_the_limit_is_no_crowd() -> None:
    assert gathered(crowd(over=3), [3] * 100) == []


def loitering(lasting_s: float = 10.0) -> StayWatch:
    return StayWatch(Rule("loiter", RuleKind.LOITERING, SQUARE, lasting_s=lasting_s), SIZE)


def parked(lasting_s: float = 10.0) -> StayWatch:
    return StayWatch(Rule("parked", RuleKind.STOPPED_VEHICLE, SQUARE, lasting_s=lasting_s), SIZE)


def test_one_who_stays_is_noticed_once() -> None:
    watch = loitering()
    found = [n for f, t in times(40) for n in watch.feed(f, t, [step(1, f, t, 200, 200)])]
    assert [(n.t_s, n.count) for n in found] == [(10.0, 1)]


def test_passers_by_do_not_loiter() -> None:
    watch = loitering()
    for frame, t_s in times(60):
        # Every five seconds another one crosses the square.
        who, at = divmod(t_s, 5.0)
        assert watch.feed(frame, t_s, [step(int(who), frame, t_s, 50 + 60 * at, 200)]) == []


def test_stay_goes_on_under_another_track_after_a_moment_of_hiding() -> None:
    watch = loitering()
    found = []
    for frame, t_s in times(30):
        hidden = 6.0 <= t_s < 8.0
        track = 1 if t_s < 7 else 2
        steps = [] if hidden else [step(track, frame, t_s, 200 + 5 * (t_s > 7), 200)]
        found.extend(watch.feed(frame, t_s, steps))
    assert [n.t_s for n in found] == [10.0]


def test_short_way_out_does_not_end_a_stay_and_a_long_one_does() -> None:
    for away_s, expected in ((2.0, 1), (5.0, 0)):
        watch = loitering(lasting_s=12.0)
        found = []
        for frame, t_s in times(14):
            x = 90.0 if 5.0 <= t_s < 5.0 + away_s else 110.0
            found.extend(watch.feed(frame, t_s, [step(1, frame, t_s, x, 200)]))
        assert len(found) == expected


def test_two_who_stay_are_two() -> None:
    watch = loitering()
    counts = []
    for frame, t_s in times(20):
        steps = [step(1, frame, t_s, 150, 200)]
        if t_s >= 3:
            steps.append(step(2, frame, t_s, 250, 200))
        counts.extend(n.count for n in watch.feed(frame, t_s, steps))
    assert counts == [1, 2]


def test_standing_vehicle_is_noticed_and_again_after_it_went_on() -> None:
    watch = parked()
    found = []
    for frame, t_s in times(60):
        x = 150.0 if t_s < 25 else 250.0
        found.extend(watch.feed(frame, t_s, [step(1, frame, t_s, x, 200, CAR)]))
    # It is known to have gone on once it has been elsewhere for a moment.
    assert [n.t_s for n in found] == [10.0, pytest.approx(25 + AWAY_S + 10, abs=0.5)]


def test_one_who_passes_does_not_make_a_vehicle_start_anew() -> None:
    watch = parked()
    found = []
    for frame, t_s in times(20):
        pulled = 60.0 if 5.0 <= t_s < 6.5 else 0.0
        found.extend(watch.feed(frame, t_s, [step(1, frame, t_s, 150 + pulled, 200, CAR)]))
    assert [n.t_s for n in found] == [10.0]


def test_slow_traffic_and_people_are_no_stopped_vehicles() -> None:
    watch = parked()
    for frame, t_s in times(30):
        slow = step(1, frame, t_s, 110 + 6 * t_s, 200, CAR)
        waiting = step(2, frame, t_s, 200, 250, PERSON)
        assert watch.feed(frame, t_s, [slow, waiting]) == []


def test_detectors_class_goes_before_the_shape() -> None:
    rule = Rule("parked", RuleKind.STOPPED_VEHICLE, SQUARE, lasting_s=5.0)
    for object_class, expected in ((ObjectClass.BUS, 1), (ObjectClass.PERSON, 0)):
        watch = StayWatch(rule, SIZE)
        found = []
        for frame, t_s in times(10):
            one = Step(1, frame, t_s, 200, 200, object_class, True, 60, 60)
            found.extend(watch.feed(frame, t_s, [one]))
        assert len(found) == expected


def test_rule_may_leave_out_the_small() -> None:
    rule = Rule("loiter", RuleKind.LOITERING, SQUARE, lasting_s=10.0, least_height_px=51.0)
    steps = [step(1, 1, 0.0, 200, 200), step(2, 1, 0.0, 200, 200, (20.0, 51.0))]
    assert tall_enough(rule, steps) == steps[1:]
    assert tall_enough(Rule("all", RuleKind.ZONE, SQUARE), steps) == steps


def test_only_crossings_against_the_way_are_noticed() -> None:
    rule = Rule("way", RuleKind.WRONG_WAY, SQUARE[:2], direction=RIGHT_TO_LEFT)
    crossings = [
        Crossing("way", 7, 1.4, LEFT_TO_RIGHT, ObjectClass.CAR),
        Crossing("way", 9, 1.8, RIGHT_TO_LEFT, ObjectClass.CAR),
    ]
    assert [(n.frame, n.count, n.kind) for n in wrong_ways(rule, crossings)] == [
        (9, 1, RuleKind.WRONG_WAY)
    ]
