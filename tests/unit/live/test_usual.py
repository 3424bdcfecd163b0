"""What is usual, and what is far off it: robust, never about chance alone, never about a gap."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.live.usual import Seen, Usual, deviation, is_far_off, usual_level

WINDOW_S = 300.0
levels = st.lists(st.floats(0, 5_000), min_size=3, max_size=12)


def test_one_fair_in_eight_weeks_does_not_move_what_is_usual() -> None:
    quiet = usual_level([60, 62, 58, 61, 59, 60, 63], 3)
    fair = usual_level([60, 62, 58, 61, 59, 60, 4_000], 3)
    assert quiet is not None
    assert fair is not None
    assert abs(fair.level - quiet.level) <= 1
    assert fair.spread < 5


def test_nothing_is_usual_after_two_weeks() -> None:
    assert usual_level([60, 61], 3) is None


def test_chance_alone_raises_nothing() -> None:
    usual = Usual(level=24.0, spread=0.0)
    # Two in five minutes are usual; by chance seven of a hundred windows have five and more.
    assert not is_far_off(72, usual, WINDOW_S, mean=False, limit=4, least=0)
    assert is_far_off(240, usual, WINDOW_S, mean=False, limit=4, least=0)


def test_a_difference_under_the_minimum_is_no_news_however_rare() -> None:
    usual = Usual(level=0.0, spread=0.0)
    assert not is_far_off(50, usual, WINDOW_S, mean=False, limit=1, least=60)


def test_far_too_few_are_news_as_well() -> None:
    usual = Usual(level=1_200.0, spread=60.0)
    assert is_far_off(0, usual, WINDOW_S, mean=False, limit=4, least=60)
    assert deviation(0, usual, WINDOW_S, mean=False) < -4


def test_a_window_that_was_hardly_watched_says_nothing() -> None:
    assert Seen(3, 100).level(WINDOW_S, mean=False) is None
    assert Seen(0, 0).level(WINDOW_S, mean=False) is None
    assert Seen(5, 300).level(WINDOW_S, mean=False) == pytest.approx(60)
    assert Seen(900, 300).level(WINDOW_S, mean=True) == pytest.approx(3)


@given(levels, st.floats(0, 5_000), st.booleans())
def test_more_is_never_less_of_a_deviation(earlier: list[float], now: float, mean: bool) -> None:
    usual = usual_level(earlier, 3)
    assert usual is not None
    here = deviation(now, usual, WINDOW_S, mean=mean)
    assert math.isfinite(here)
    assert deviation(now + 1, usual, WINDOW_S, mean=mean) > here
    assert (here > 0) == (now > usual.level)
