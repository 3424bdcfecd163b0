"""How certain a score is: more incidents, narrower; what planners set is not chance."""

import numpy as np
import pytest
from scipy.stats import poisson

from patrol.hotspot.certainty import Certainty, effective_counts, score_intervals
from patrol.hotspot.events import Events


def events_on(units: list[int]) -> Events:
    count = len(units)
    return Events(
        time_s=np.zeros(count, dtype=np.int64),
        unit=np.array(units, dtype=np.int32),
        hour=np.zeros(count, dtype=np.int16),
        kind=np.zeros(count, dtype=np.int32),
        kinds=("theft",),
        source=np.zeros(count, dtype=np.int32),
        sources=("public",),
    )


def test_equal_incidents_count_each_and_one_heavy_among_light_ones_nearly_alone() -> None:
    weights = np.array([1.0, 1, 1, 1, 100, 1, 1, 5])
    counts = effective_counts(events_on([0, 0, 0, 0, 1, 1, 1, -1]), weights, 3)
    assert counts[0] == pytest.approx(4.0)
    assert 1.0 < counts[1] < 1.1
    assert counts[2] == 0.0


def test_the_interval_narrows_with_incidents_and_leaves_alone_what_was_set() -> None:
    scores = np.full(4, 10.0)
    share = np.array([1.0, 1.0, 0.5, 0.0])
    low, high, word = score_intervals(scores, share, np.array([2.0, 200.0, 200.0, 0.0]))
    assert word.tolist() == [Certainty.LOW, Certainty.HIGH, Certainty.HIGH, Certainty.SET]
    assert low[0] < 3 < 10 < 20 < high[0]
    assert 8.5 < low[1] < 10 < high[1] < 11.6
    assert high[2] - low[2] == pytest.approx((high[1] - low[1]) / 2)
    assert (low[3], high[3]) == (10.0, 10.0)


def test_a_place_that_only_its_neighborhood_makes_hot_is_uncertain_but_finite() -> None:
    low, high, word = score_intervals(np.array([4.0]), np.ones(1), np.zeros(1))
    assert word.tolist() == [Certainty.LOW]
    assert 0 < low[0] < 4 < high[0] < 40


def test_nineteen_of_twenty_intervals_hold_the_true_rate() -> None:
    rng = np.random.default_rng(8)
    truth = rng.uniform(10, 60, 4_000)
    counts = poisson.rvs(truth, random_state=rng).astype(float)
    low, high, _ = score_intervals(counts, np.ones(4_000), counts)
    assert 0.93 < ((low <= truth) & (truth <= high)).mean() < 0.97
