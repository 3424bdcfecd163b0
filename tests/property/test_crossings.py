"""Laws of counting: whatever way somebody walks, the line says what geometry says."""

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from patrol.camera.box import Step
from patrol.camera.rule import LineCounter, side_of, steps_meet
from patrol.model.camera import LEFT_TO_RIGHT, ObjectClass, Rule, RuleKind

coordinates = st.floats(0, 400)
moves = st.lists(st.tuples(st.floats(-25, 25), st.floats(-25, 25)), min_size=2, max_size=120)
points = st.tuples(coordinates, coordinates)
lines = st.tuples(points, points).filter(lambda line: math.dist(*line) > 20)


def walk(start: tuple[float, float], by: list[tuple[float, float]]) -> list[Step]:
    x, y = start
    steps = [Step(1, 1, 0.0, x, y, ObjectClass.PERSON)]
    for frame, (dx, dy) in enumerate(by, start=2):
        x, y = x + dx, y + dy
        steps.append(Step(1, frame, frame / 10, x, y, ObjectClass.PERSON))
    return steps


def true_count(steps: list[Step], first: tuple[float, float], second: tuple[float, float]) -> int:
    """Signed crossings (left to right positive) by the definition of the counting truth."""
    state, run, total = 0, 0, 0
    last: Step | None = None
    for step in steps:
        side = 1 if side_of((step.x, step.y), first, second) > 0 else -1
        if last is not None and state and side != state:
            here, there = (last.x, last.y), (step.x, step.y)
            if run == 0 and not steps_meet(here, there, first, second):
                state = side
            else:
                run += 1
                if run >= 3:
                    total += 1 if side < 0 else -1
                    state, run = side, 0
        else:
            run = 0
            state = state or side
        last = step
    return total


@given(points, moves, lines)
def test_random_walk_counts_what_the_truths_definition_counts(
    start: tuple[float, float],
    by: list[tuple[float, float]],
    line: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    steps = walk(start, by)
    counter = LineCounter(Rule("l", RuleKind.LINE, line), band_px=0.0)
    crossings = counter.feed(steps)
    signed = sum(1 if c.direction == LEFT_TO_RIGHT else -1 for c in crossings)
    assert signed == true_count(steps, *line)


@given(points, moves, lines, st.floats(0, 15))
def test_directions_alternate_on_an_endless_line(
    start: tuple[float, float],
    by: list[tuple[float, float]],
    line: tuple[tuple[float, float], tuple[float, float]],
    band_px: float,
) -> None:
    (x_1, y_1), (x_2, y_2) = line
    stretch = 4_000 / math.dist(*line)
    far = (
        (x_1 - stretch * (x_2 - x_1), y_1 - stretch * (y_2 - y_1)),
        (x_2 + stretch * (x_2 - x_1), y_2 + stretch * (y_2 - y_1)),
    )
    counter = LineCounter(Rule("l", RuleKind.LINE, far), band_px)
    directions = [crossing.direction for crossing in counter.feed(walk(start, by))]
    assert all(a != b for a, b in pairwise(directions))


@given(points, moves, lines)
def test_mirrored_line_turns_directions_around(
    start: tuple[float, float],
    by: list[tuple[float, float]],
    line: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    steps = walk(start, by)
    there = LineCounter(Rule("l", RuleKind.LINE, line), 3.0).feed(steps)
    back = LineCounter(Rule("l", RuleKind.LINE, (line[1], line[0])), 3.0).feed(steps)
    if all(abs(side_of((s.x, s.y), *line)) > 1e-6 for s in steps):
        assert [c.frame for c in there] == [c.frame for c in back]
        assert all(a.direction != b.direction for a, b in zip(there, back, strict=True))


@given(st.floats(-3.9, 3.9), st.lists(st.floats(-3.9, 3.9), max_size=100))
def test_trembling_on_the_line_never_counts(at: float, jitter: list[float]) -> None:
    counter = LineCounter(Rule("l", RuleKind.LINE, ((100.0, 0.0), (100.0, 200.0))), 4.0)
    xs = [80.0, 90.0, 95.0, 100 + at, *(100 + j for j in jitter), 95.0, 85.0]
    steps = [Step(1, i + 1, i / 10, x, 100.0, ObjectClass.PERSON) for i, x in enumerate(xs)]
    assert counter.feed(steps) == []
