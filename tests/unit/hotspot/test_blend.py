"""Blending layers, explaining scores and picking units."""

import numpy as np
import pytest

from patrol.hotspot.blend import blend, explain
from patrol.hotspot.events import Events
from patrol.hotspot.layers import hourly_sums, mix_hours
from patrol.hotspot.pick import pick_units
from patrol.model.errors import InputError

WEIGHTS = {"incidents": 1.0, "sites": 0.3, "survey": 0.1}


def some_events(count: int = 300, units: int = 12, seed: int = 3) -> Events:
    rng = np.random.default_rng(seed)
    return Events(
        time_s=np.zeros(count, dtype=np.int64),
        unit=rng.integers(-1, units, count).astype(np.int32),
        hour=rng.integers(0, 169, count).astype(np.int16),
        kind=rng.integers(0, 3, count).astype(np.int32),
        kinds=("theft", "fight", ""),
        source=np.zeros(count, dtype=np.int32),
        sources=("public",),
    )


def test_a_blend_is_the_sum_of_its_layers_and_of_its_kinds() -> None:
    events = some_events()
    weights = np.where(events.unit >= 0, 1.0, 0.0)
    mix = mix_hours(hourly_sums(events, weights, 12).sum(axis=0), range(24), 2, 0.5)
    sites = np.zeros((12, 24))
    sites[4, 8] = 24.0
    made = blend(events, weights, mix, {"sites": sites}, WEIGHTS, 12)
    total = sum(made.parts.values())
    np.testing.assert_allclose(made.day_scores, total)
    np.testing.assert_allclose(made.kind_parts.sum(axis=1), made.parts["incidents"])
    # One layer adds its weight times the average unit.
    assert made.parts["sites"].mean() == pytest.approx(0.3)


def test_an_explanation_names_layers_and_kinds_largest_first() -> None:
    events = some_events()
    weights = np.where(events.unit >= 0, 1.0, 0.0)
    mix = mix_hours(hourly_sums(events, weights, 12).sum(axis=0), range(24), 2, 0.5)
    survey = np.full(12, 1 / 12)
    made = blend(events, weights, mix, {"survey": survey}, WEIGHTS, 12)
    parts = explain(made, 5)
    assert {(part.layer, part.kind) for part in parts} == {
        ("incidents", "theft"),
        ("incidents", "fight"),
        ("incidents", ""),
        ("survey", ""),
    }
    assert [part.share for part in parts] == sorted((p.share for p in parts), reverse=True)
    assert sum(part.share for part in parts) == pytest.approx(1.0)


def test_a_unit_without_a_score_has_no_reasons() -> None:
    events = some_events(units=3)
    weights = np.zeros(events.count)
    mix = mix_hours(np.zeros(169), range(24), 2, 0.5)
    assert explain(blend(events, weights, mix, {}, WEIGHTS, 3), 0) == ()


def test_a_layer_without_a_weight_is_refused() -> None:
    events = some_events(units=3)
    mix = mix_hours(np.zeros(169), range(24), 2, 0.5)
    with pytest.raises(InputError, match="no weight for layer lamps"):
        blend(events, np.zeros(events.count), mix, {"lamps": np.zeros(3)}, WEIGHTS, 3)


def test_the_highest_are_picked_and_a_share_is_drawn_elsewhere() -> None:
    scores = np.arange(100.0)
    allowed = np.ones(100, dtype=bool)
    allowed[99] = False
    favored, explored = pick_units(
        scores, allowed, np.ones(100), count=20, exploration_share=0.1, seed=5
    )
    assert favored.tolist() == list(range(98, 80, -1))
    assert len(explored) == 2
    assert not set(favored) & set(explored)
    assert 99 not in explored
    again = pick_units(scores, allowed, np.ones(100), count=20, exploration_share=0.1, seed=5)
    assert again[1].tolist() == explored.tolist()
    others = {
        tuple(
            pick_units(scores, allowed, np.ones(100), count=20, exploration_share=0.1, seed=seed)[
                1
            ].tolist()
        )
        for seed in range(10)
    }
    assert len(others) > 1


def test_units_without_a_score_are_only_ever_drawn() -> None:
    favored, explored = pick_units(
        np.zeros(5), np.ones(5, dtype=bool), np.ones(5), count=4, exploration_share=0.5, seed=1
    )
    assert len(favored) == 0
    assert len(explored) == 2


@pytest.mark.parametrize(("count", "share"), [(-1, 0.1), (5, 1.1), (5, -0.1)])
def test_a_pick_out_of_range_is_refused(count: int, share: float) -> None:
    with pytest.raises(InputError, match="must be"):
        pick_units(
            np.ones(3),
            np.ones(3, dtype=bool),
            np.ones(3),
            count=count,
            exploration_share=share,
            seed=1,
        )
