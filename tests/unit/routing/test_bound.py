"""The bound is never below what can be reached."""

import pytest

from patrol.routing.bound import cover_bound
from tests.unit.routing.shifts import make_shift


def test_one_unit_near_one_place_covers_it_all_the_time() -> None:
    assert cover_bound(make_shift([100])) == pytest.approx(4.0)


def test_more_places_than_time_are_not_all_covered() -> None:
    problem = make_shift([i * 3600 for i in range(1, 9)])
    # A stop costs at least 600 s and an hour of way; 4 h allow for 14400 / 4200 of them.
    assert cover_bound(problem) <= 2.0 * 14_400 / 4_200 + 2.0


def test_removing_a_unit_never_helps() -> None:
    places = [i * 900 for i in range(1, 12)]
    assert cover_bound(make_shift(places, units=1)) <= cover_bound(make_shift(places, units=2))


def test_places_nobody_may_serve_add_nothing() -> None:
    assert cover_bound(make_shift([100, 200], modes=[1, 4])) == pytest.approx(4.0)
