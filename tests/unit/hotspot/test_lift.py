"""The map is brought to the tested forecast, and stays a map whose scores explain themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.hotspot.blend import INCIDENTS, Shaping, blend, explain
from patrol.hotspot.events import Events
from patrol.hotspot.layers import hour_totals, mix_hours
from patrol.hotspot.lift import MOST_LIFT, Lift, forecast_lift

UNITS = 12


def some_events(seed: int, count: int = 300) -> Events:
    rng = np.random.default_rng(seed)
    return Events(
        time_s=np.sort(rng.integers(0, 10**6, count)),
        unit=rng.integers(-1, UNITS, count).astype(np.int32),
        hour=rng.integers(0, 169, count).astype(np.int16),
        kind=rng.integers(0, 3, count).astype(np.int32),
        kinds=("theft", "fight", "noise"),
        source=np.zeros(count, dtype=np.int32),
        sources=("public",),
    )


def test_a_lifted_map_is_the_forecast_where_the_ratio_is_not_cut() -> None:
    ours = np.array([4.0, 3.0, 2.0, 1.0, 0.0])
    forecast = np.array([3.0, 4.0, 2.0, 1.0, 0.0])
    lifted = ours * forecast_lift(forecast, ours)
    np.testing.assert_allclose(lifted / lifted.sum(), forecast / forecast.sum())


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20), st.integers(0, 99))
def test_no_segment_is_lifted_or_lowered_beyond_bounds(scores: list[float], seed: int) -> None:
    forecast = np.random.default_rng(seed).random(len(scores))
    lift = forecast_lift(forecast, np.array(scores))
    assert (lift >= 1 / MOST_LIFT).all()
    assert (lift <= MOST_LIFT).all()


@given(st.integers(0, 50))
def test_lifting_keeps_every_hours_level_and_the_sum_of_reasons(seed: int) -> None:
    events = some_events(seed)
    weights = np.random.default_rng(seed).random(events.count)
    hours = [3, 20, 167]
    mix = mix_hours(hour_totals(events, weights), hours, 2, 0.5)
    lift = np.random.default_rng(seed + 1).uniform(0.25, 4, (UNITS, len(hours)))
    args = (events, weights, mix, {"sites": np.full(UNITS, 1 / UNITS)})
    layers = {INCIDENTS: 1.0, "sites": 0.3}
    plain = blend(*args, layers, UNITS)
    made = blend(*args, layers, UNITS, Shaping(lift=lift))
    np.testing.assert_allclose(made.scores.sum(axis=0), plain.scores.sum(axis=0))
    parts = made.kind_parts.sum(axis=1) + made.parts["sites"]
    np.testing.assert_allclose(parts, plain.parts["sites"] + made.scores.mean(axis=1) - 0.3)
    for unit in range(UNITS):
        assert sum(part.share for part in explain(made, unit)) == pytest.approx(1.0)


def test_each_hour_takes_the_lift_of_its_shift_or_that_of_all_day() -> None:
    column = np.zeros(168, dtype=np.int64)
    column[20:24] = 1
    lift = Lift(np.array([[1.0, 2.0], [3.0, 0.5]]), column)
    found = lift.at_hours(np.array([19, 20]), by_shift=True)
    np.testing.assert_array_equal(found, [[1.0, 2.0], [3.0, 0.5]])
    alike = lift.at_hours(np.array([19, 20]), by_shift=False)
    np.testing.assert_array_equal(alike, [[1.0, 1.0], [3.0, 3.0]])
