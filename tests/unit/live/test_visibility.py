"""The three definitions of visibility on cases worked out by hand."""

import numpy as np
import pytest

from patrol.live.visibility import covered_share, fill_way, meeting_share, wilson_share
from patrol.model.errors import InputError


def test_v1_weighs_segments_and_counts_each_hour() -> None:
    assert covered_share(np.array([1, 2, 0]), 2, np.array([1.0, 2.0, 1.0])) == pytest.approx(5 / 8)
    assert covered_share(np.array([1, 2, 0]), 2, np.zeros(3)) == 0.0


def test_v1_refuses_shapes_that_do_not_fit() -> None:
    with pytest.raises(InputError, match=r"hours_seen must have shape \(2,\)"):
        covered_share(np.zeros(3, dtype=np.int64), 1, np.ones(2))


def test_a_car_is_seen_on_the_streets_between_two_fixes_but_not_across_a_silence() -> None:
    time_s = np.array([0.0, 5.0, 300.0])
    filled = fill_way(time_s, np.array([0.0, 50.0, 1_000.0]), np.zeros(3), step_m=20.0)
    assert filled[0].tolist() == pytest.approx([0, 5 / 3, 10 / 3, 5, 300])
    assert filled[1].tolist() == pytest.approx([0, 50 / 3, 100 / 3, 50, 1_000])
    assert filled[2].tolist() == [0.0] * 5


def test_one_fix_is_its_own_way() -> None:
    one = np.array([7.0])
    assert [part.tolist() for part in fill_way(one, one, one)] == [[7.0]] * 3


def test_v2_an_outing_meets_a_unit_that_is_near_during_its_half_hour() -> None:
    starts = (np.array([0.0, 0.0, 5_000.0]), np.array([0.0, 500.0, 0.0]), np.zeros(3))
    tracks = (np.array([100.0, 1_900.0]), np.array([40.0, 500.0]), np.zeros(2))
    share = meeting_share(starts, tracks)
    assert (share.share, share.cases) == (pytest.approx(1 / 3), 3)
    assert share.low < share.share < share.high


@pytest.mark.parametrize(
    ("cases", "low", "high"),
    [(100, 0.711, 0.867), (200, 0.739, 0.850), (400, 0.758, 0.836), (1_000, 0.774, 0.824)],
)
def test_v3_has_wilsons_interval(cases: int, low: float, high: float) -> None:
    """Wilson's interval at 80 %: figures of the published table for these sample sizes."""
    share = wilson_share(round(cases * 0.8), cases)
    assert (share.low, share.high) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


def test_v3_with_nobody_asked_says_nothing() -> None:
    share = wilson_share(0, 0)
    assert (share.low, share.high, share.cases) == (0.0, 1.0, 0)
    with pytest.raises(InputError, match=r"hits must be in \[0, 3\], got 4"):
        wilson_share(4, 3)
