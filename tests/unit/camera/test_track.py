import numpy as np

from patrol.camera.box import Box, Step
from patrol.camera.track import Tracker
from patrol.model.camera import ObjectClass


def person(x: float, y: float, score: float = 1.0) -> Box:
    return Box(x - 10, y - 50, 20, 50, ObjectClass.PERSON, score)


def follow(pictures: list[list[Box]], fps: float = 10.0) -> list[Step]:
    tracker = Tracker()
    steps: list[Step] = []
    for i, boxes in enumerate(pictures):
        tracker.predict(i / fps)
        steps += tracker.update(boxes, i + 1, i / fps)
    return steps


def test_track_that_is_confirmed_brings_its_past() -> None:
    steps = follow([[person(100 + 4 * i, 200)] for i in range(10)])
    assert [step.frame for step in steps] == list(range(1, 11))
    assert {step.track for step in steps} == {1}


def test_two_sightings_make_no_track() -> None:
    assert follow([[person(100, 200)], [person(104, 200)], [], [], [], []]) == []


def test_gap_is_filled_in_when_the_thing_is_seen_again() -> None:
    pictures = [[person(100 + 4 * i, 200)] if not 10 <= i < 16 else [] for i in range(25)]
    steps = follow(pictures)
    assert [step.frame for step in steps] == list(range(1, 26))
    assert {step.track for step in steps} == {1}
    assert [step.frame for step in steps if not step.seen] == list(range(11, 17))
    assert abs(steps[13].x - 152) < 6


def test_two_who_pass_each_other_keep_their_tracks() -> None:
    pictures = [[person(100 + 6 * i, 200), person(340 - 6 * i, 207)] for i in range(40)]
    steps = follow(pictures)
    for track in {step.track for step in steps}:
        xs = [step.x for step in steps if step.track == track]
        assert np.all(np.diff(xs) > 0) or np.all(np.diff(xs) < 0)
        assert len(xs) == 40


def test_tracks_do_not_depend_on_the_size_of_the_picture() -> None:
    small = follow([[person(100 + 4 * i, 200)] for i in range(20)])
    large = follow([[Box(4 * (90 + 4 * i), 600, 80, 200)] for i in range(20)])
    assert [step.frame for step in small] == [step.frame for step in large]
    np.testing.assert_allclose([4 * step.x for step in small], [step.x for step in large])


def test_unsure_box_continues_a_track_but_starts_none() -> None:
    assert follow([[person(100, 200, 0.2)] for _ in range(10)]) == []
    steps = follow([[person(100, 200, 0.9 if i < 5 else 0.2)] for i in range(10)])
    assert len(steps) == 10


def test_who_left_by_the_edge_is_not_who_comes_in_there_next() -> None:
    leaves = [[person(250 + 5 * i, 200)] for i in range(12)]
    enters = [[person(300 - 5 * i, 200)] for i in range(12)]
    tracker = Tracker(width_px=320)
    steps: list[Step] = []
    for i, boxes in enumerate([*leaves, *([[]] * 8), *enters]):
        tracker.predict(i / 10)
        steps += tracker.update(boxes, i + 1, i / 10)
    assert {step.track for step in steps} == {1, 2}
    # Nobody is there in between; one track would have been drawn through the gap.
    assert not {step.frame for step in steps} & set(range(14, 20))
