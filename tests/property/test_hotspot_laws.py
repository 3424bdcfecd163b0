"""Laws of the hotspot map."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from patrol.hotspot.blend import blend, explain
from patrol.hotspot.events import Events
from patrol.hotspot.layers import decayed_scores, hourly_sums, mix_hours, normalized

UNITS = 6
ROW = st.tuples(
    st.integers(-1, UNITS - 1), st.integers(0, 168), st.integers(0, 2), st.floats(0, 50)
)


def events_of(rows: list[tuple[int, int, int, float]]) -> tuple[Events, np.ndarray]:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    events = Events(
        time_s=np.zeros(len(rows), dtype=np.int64),
        unit=np.array(columns[0], dtype=np.int32),
        hour=np.array(columns[1], dtype=np.int16),
        kind=np.array(columns[2], dtype=np.int32),
        kinds=("a", "b", "c"),
        source=np.zeros(len(rows), dtype=np.int32),
        sources=("public",),
    )
    weights = np.where(events.unit >= 0, np.array(columns[3], dtype=np.float64), 0.0)
    return events, weights


@given(st.lists(st.floats(0, 3650), max_size=50), st.floats(0.5, 365))
def test_score_halves_every_half_life(ages: list[float], half_life_d: float) -> None:
    ages_d = np.array(ages)
    np.testing.assert_allclose(
        decayed_scores(ages_d + half_life_d, half_life_d),
        decayed_scores(ages_d, half_life_d) / 2,
        atol=1e-300,
    )


@given(
    st.lists(ROW, max_size=60),
    st.floats(0, 1),
    st.integers(1, 12),
    st.lists(st.floats(0, 100), min_size=3, max_size=3),
)
def test_shares_of_every_score_sum_to_one(
    rows: list[tuple[int, int, int, float]], share: float, band_h: int, layer: list[float]
) -> None:
    events, weights = events_of(rows)
    total = hourly_sums(events, weights, UNITS).sum(axis=0)
    mix = mix_hours(total, range(24), band_h, share)
    survey = normalized(np.array([0.0, 1, 2, 3, 4, 5])[:, None])[:, 0]
    names = dict(zip(("incidents", "survey", "sites"), layer, strict=True))
    made = blend(events, weights, mix, {"survey": survey}, names, UNITS)
    assert (made.scores >= 0).all()
    for unit in range(UNITS):
        parts = explain(made, unit)
        if parts:
            assert abs(sum(part.share for part in parts) - 1) < 1e-6
        else:
            assert made.day_scores[unit] < 1e-9


@given(st.lists(ROW, min_size=1, max_size=60), st.floats(0, 1), st.floats(0.1, 10))
def test_scaling_all_weights_changes_nothing(
    rows: list[tuple[int, int, int, float]], share: float, factor: float
) -> None:
    events, weights = events_of(rows)
    hourly = hourly_sums(events, weights, UNITS)
    one = hourly @ mix_hours(hourly.sum(axis=0), range(168), 2, share).factor
    two = hourly * factor @ mix_hours(hourly.sum(axis=0) * factor, range(168), 2, share).factor
    np.testing.assert_allclose(one, two, atol=1e-9)


@given(st.lists(st.lists(st.floats(0, 1e6), min_size=4, max_size=4), min_size=1, max_size=10))
def test_a_normalized_layer_sums_to_one_in_an_average_hour(rows: list[list[float]]) -> None:
    raw = np.array(rows)
    layer = normalized(raw)
    assert (layer >= 0).all()
    if raw.sum() > 1e-6:
        assert abs(layer.sum(axis=0).mean() - 1) < 1e-9
