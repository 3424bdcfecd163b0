"""Windowed copies keep the least gap whatever is chosen."""

from itertools import combinations

import numpy as np

from patrol.routing.copies import make_copies
from patrol.routing.problem import Stop
from tests.unit.routing.shifts import make_shift


def test_windows_of_one_place_are_a_gap_apart() -> None:
    copies = make_copies(make_shift([100, 300], hours=8), seed=3)
    for a, b in combinations(range(copies.size), 2):
        if copies.hotspot[a] == copies.hotspot[b]:
            first, second = sorted((a, b), key=lambda i: int(copies.open_s[i]))
            assert copies.open_s[second] - (copies.close_s[first] - 1) >= 3600


def test_a_duty_comes_first_and_earns_its_price() -> None:
    problem = make_shift([100], hours=8, duties=[(0, 7200, 9000, 50.0)])
    copies = make_copies(problem, seed=0)
    best = int(np.argmax(copies.prize))
    assert (copies.open_s[best], copies.close_s[best]) == (7200, 9000)
    assert copies.prize[best] > 50


def test_nobody_is_sent_where_somebody_just_was() -> None:
    problem = make_shift([100], hours=8, frozen=((Stop(0, 3600, 900),),))
    copies = make_copies(problem, seed=0)
    assert copies.size > 0
    assert all(b <= 1 or a >= 7200 for a, b in zip(copies.open_s, copies.close_s, strict=True))


def test_another_seed_moves_the_windows() -> None:
    problem = make_shift([100], hours=8)
    assert list(make_copies(problem, 0).open_s) != list(make_copies(problem, 1).open_s)


def test_places_without_weight_make_no_tasks() -> None:
    assert make_copies(make_shift([100], weight=[0.0]), 0).size == 0
