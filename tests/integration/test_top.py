"""Team orienteering: instances are read strictly, answers keep the format's rules."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from patrol.model.errors import InputError
from patrol.routing.engine.orienteer import make_memory, recombine
from patrol.routing.engine.packing import keep_routes, make_pool
from patrol.routing.engine.tours import make_tours, put_in
from patrol.routing.top import Instance, make_field, read_instance, solve_top
from patrol.routing.top_ortools import solve_top_ortools


def write(folder: Path, text: str) -> Path:
    path = folder / "instance.txt"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = "n 4\nm 1\ntmax 10.0\n0 0 0\n1 0 5\n2 0 7\n3 0 0\n"


def test_an_instance_is_read(tmp_path: Path) -> None:
    instance = read_instance(write(tmp_path, GOOD))
    assert (len(instance.points), instance.routes, instance.limit) == (4, 1, 10.0)
    assert list(instance.scores) == [0, 5, 7, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "should begin with lines n, m and tmax"),
        ("n 4\nk 1\ntmax 3\n", ":2: should be 'm VALUE'"),
        ("n 4\nm 1\ntmax ten\n", ":3: 'ten' is not a number"),
        ("n 4\nm 1\ntmax 3\n0 0 0\n", "n is 4, but only 1 points follow"),
        ("n 2\nm 1\ntmax 3\n0 0 0\n1 0\n", ":5: should be 'x y score'"),
        ("n 2\nm 1\ntmax nan\n0 0 0\n1 0 0\n", "not a finite number"),
        ("n 1\nm 1\ntmax 3\n0 0 0\n", "needs n >= 2"),
    ],
)
def test_a_broken_instance_names_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        read_instance(write(tmp_path, text))


def test_a_missing_instance_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_instance(tmp_path / "none.txt")


@pytest.mark.slow
def test_or_tools_keeps_the_limit_and_visits_points_once() -> None:
    rng = np.random.default_rng(5)
    points = rng.uniform(0, 10, (40, 2))
    instance = Instance(points, np.r_[0, rng.integers(1, 9, 38), 0].astype(float), 3, 18.0)
    result = solve_top_ortools(instance, 0.3)
    seen = [i for route in result.routes for i in route]
    assert len(seen) == len(set(seen)) > 0
    assert result.score == sum(instance.scores[i - 1] for i in seen)
    for route in result.routes:
        steps = np.diff(points[[0, *(i - 1 for i in route), 39]], axis=0)
        assert np.hypot(*steps.T).sum() <= 18.0
    # From the first point to the last it is farther than this.
    assert solve_top_ortools(replace(instance, limit=0.01), 0.1).routes == ()


@pytest.mark.slow
def test_routes_keep_the_limit_and_visit_points_once() -> None:
    rng = np.random.default_rng(5)
    points = rng.uniform(0, 10, (40, 2))
    instance = Instance(points, np.r_[0, rng.integers(1, 9, 38), 0].astype(float), 3, 18.0)
    result = solve_top(instance, 0.2, seed=1)
    seen = [i for route in result.routes for i in route]
    assert len(seen) == len(set(seen)) > 0
    assert sum(instance.scores[i - 1] for i in seen) == result.score
    for route in result.routes:
        path = [0, *(i - 1 for i in route), 39]
        assert sum(math.dist(points[a], points[b]) for a, b in pairwise(path)) <= 18


@pytest.mark.slow
def test_all_points_are_collected_where_there_is_time_for_all() -> None:
    points = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0], [4, 0]])
    # However slow the machine: even without any time there is a first plan.
    result = solve_top(Instance(points, np.array([0.0, 1, 2, 3, 0]), 1, 4.0), 0.0)
    assert result.routes == ((2, 3, 4),)


@pytest.mark.slow
def test_nothing_can_be_collected_where_the_limit_is_too_short() -> None:
    points = np.array([[0.0, 0], [5, 5], [1, 0]])
    result = solve_top(Instance(points, np.array([0.0, 9, 0]), 2, 1.0), 0.05)
    # No empty routes: where start and end lie too far apart, even they break the limit.
    assert (result.score, result.routes) == (0.0, ())


@pytest.mark.slow
def test_the_best_team_of_routes_found_is_put_together() -> None:
    """Two routes of different plans that share no point beat both plans."""
    points = np.array([[0.0, 0], [1, 1], [2, 1], [1, -1], [2, -1], [3, 0]])
    field = make_field(Instance(points, np.array([0.0, 5, 6, 7, 8, 0]), 2, 5.0))
    tours = (make_tours(field), make_tours(field), make_tours(field))
    memory, pool = make_memory(field, 0), make_pool(field.points, 0)
    everything = np.ones(2, np.int32)
    for left, right in (((0, 1), (2,)), ((0,), (2, 3))):
        plan = make_tours(field)
        for r, row in enumerate((left, right)):
            for place, point in enumerate(row):
                put_in(field, plan, point, r, place)
        keep_routes(field, plan, everything, pool)
        keep_routes(field, plan, everything, pool)
    assert int(pool.kept[0]) == 4, "the same route is kept once"
    assert recombine(field, tours, memory, pool, 1_000)
    assert float(tours[2].total[0]) == 26.0
    assert not recombine(field, tours, memory, pool, 1_000), "nothing better is left"
