"""What is learned of every kind: memory, spread along the streets, hours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.hotspot.blend import Shaping, Smoothing, blend, explain
from patrol.hotspot.events import Events
from patrol.hotspot.habits import learn_habits, street_spread
from patrol.hotspot.layers import hour_totals, mix_hours
from patrol.hotspot.learn import WEEK_S


def line_of(count: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Segments in one row: segment i runs from node i to node i + 1."""
    at = np.arange(count, dtype=np.int32)
    return at, at + 1, count + 1


def test_weight_moves_to_neighbors_and_none_is_lost() -> None:
    spread = street_spread(*line_of(9))
    one = np.zeros(9)
    one[4] = 1.0
    found = spread @ one
    assert found.sum() == pytest.approx(1.0)
    assert found[4] > found[3] > found[2] > 0
    assert found[3] == pytest.approx(found[5])
    assert found[0] == found[8] == 0.0


def test_a_junction_shares_equally_and_a_lone_street_keeps_all() -> None:
    # A star of four segments around node 0, and one far away by itself.
    spread = street_spread(
        np.array([0, 0, 0, 0, 9], dtype=np.int32), np.array([1, 2, 3, 4, 8], dtype=np.int32), 10
    )
    found = spread @ np.array([1.0, 0, 0, 0, 1.0])
    assert found[1] == pytest.approx(found[2]) == pytest.approx(found[3])
    assert found[0] > found[1]
    assert found[4] == pytest.approx(1.0)


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=15),
    st.integers(0, 1_000),
)
def test_spreading_any_network_keeps_the_sum(pairs: list[tuple[int, int]], seed: int) -> None:
    ends = np.array(pairs, dtype=np.int32)
    weight = np.random.default_rng(seed).random(len(pairs))
    found = street_spread(ends[:, 0], ends[:, 1], 8) @ weight
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(weight.sum())


def made_events(
    rates: dict[str, np.ndarray], weeks: int, seed: int = 3, hour: int | None = None
) -> Events:
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, int]] = []
    for kind, rate in enumerate(rates.values()):
        for week in range(weeks):
            for unit, count in enumerate(rng.poisson(rate).tolist()):
                rows += [(week * WEEK_S + int(rng.integers(0, WEEK_S)), unit, kind)] * count
    time_s, unit, kind_of = (np.array(column) for column in zip(*sorted(rows), strict=True))
    hours = (time_s // 3_600) % 168 if hour is None else np.full(len(time_s), hour)
    return Events(
        time_s=time_s,
        unit=unit.astype(np.int32),
        hour=hours.astype(np.int16),
        kind=kind_of.astype(np.int32),
        kinds=tuple(rates),
        source=np.zeros(len(time_s), dtype=np.int32),
        sources=("public",),
    )


def test_a_rare_kind_is_spread_and_a_common_spiky_one_is_not() -> None:
    bump = np.exp(-(((np.arange(60) - 30) / 5.0) ** 2))
    spiky = np.where(np.arange(60) % 7 == 0, 5.0, 0.02)
    events = made_events({"rare": bump * 0.12, "common": spiky}, 50)
    habits = learn_habits(events, street_spread(*line_of(60)), np.full(60, 100.0), 50 * WEEK_S, 2)
    rare, common = habits.kinds
    assert rare.smooth_share > 0.5
    assert common.smooth_share < 0.1
    assert common.learned_from > 400


def test_places_that_move_shorten_the_memory_of_their_kind() -> None:
    rates = np.linspace(0.05, 4.0, 40)
    before = made_events({"theft": rates}, 30, seed=1)
    after = made_events({"theft": rates[::-1]}, 12, seed=2)
    moved = Events(
        np.concatenate((before.time_s, after.time_s + 30 * WEEK_S)),
        np.concatenate((before.unit, after.unit)),
        np.concatenate((before.hour, after.hour)),
        np.concatenate((before.kind, after.kind)),
        ("theft",),
        np.concatenate((before.source, after.source)),
        ("public",),
    )
    spread, length_m = street_spread(*line_of(40)), np.full(40, 100.0)
    calm = learn_habits(before, spread, length_m, 30 * WEEK_S, 2).kinds[0]
    quick = learn_habits(moved, spread, length_m, 42 * WEEK_S, 2).kinds[0]
    assert quick.decay.mean_half_life_d < calm.decay.mean_half_life_d - 50


def test_places_with_hours_of_their_own_are_told_by_the_band() -> None:
    rng = np.random.default_rng(9)
    events = made_events({"theft": np.full(20, 3.0)}, 40)
    # Even places are busy by day, odd ones by night: the band then tells most.
    night = np.where(events.unit % 2, 22, 10) + rng.integers(0, 7, events.count) * 24
    by_hour = Events(
        events.time_s,
        events.unit,
        night.astype(np.int16),
        events.kind,
        events.kinds,
        events.source,
        events.sources,
    )
    spread, length_m = street_spread(*line_of(20)), np.full(20, 100.0)
    told = learn_habits(by_hour, spread, length_m, 40 * WEEK_S, 2).shift_blend_share
    untold = learn_habits(events, spread, length_m, 40 * WEEK_S, 2).shift_blend_share
    assert told is not None
    assert untold is not None
    assert told > 0.8
    assert untold < 0.4


def test_too_few_incidents_teach_nothing() -> None:
    events = made_events({"theft": np.full(5, 0.2)}, 4)
    habits = learn_habits(events, street_spread(*line_of(5)), np.full(5, 1.0), 4 * WEEK_S, 2)
    assert habits.shift_blend_share is None
    assert (habits.kinds[0].smooth_share, habits.kinds[0].learned_from) == (0.0, 0)


def test_a_smoothed_map_keeps_its_sum_and_still_explains_itself() -> None:
    events = made_events({"theft": np.linspace(0, 2, 30), "fight": np.full(30, 0.1)}, 5)
    weights = np.ones(events.count)
    mix = mix_hours(hour_totals(events, weights), range(24), 2, 0.5)
    sharp = blend(events, weights, mix, {}, {"incidents": 1.0}, 30)
    shaping = Shaping(Smoothing(street_spread(*line_of(30)), np.array([0.0, 0.8])))
    smooth = blend(events, weights, mix, {}, {"incidents": 1.0}, 30, shaping)
    np.testing.assert_allclose(smooth.scores.sum(axis=0), sharp.scores.sum(axis=0))
    np.testing.assert_allclose(smooth.kind_parts[:, 0], sharp.kind_parts[:, 0])
    np.testing.assert_allclose(smooth.day_scores, smooth.parts["incidents"])
    for unit in range(30):
        parts = explain(smooth, unit)
        assert not parts or sum(part.share for part in parts) == pytest.approx(1.0)
