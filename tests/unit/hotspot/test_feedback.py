"""The loop between map and patrols does not run away, and presence is measured by town."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.hotspot.exposure import TownExposure, gini, measure_spread
from patrol.hotspot.feedback import (
    CORRECTED_WEIGHT,
    City,
    Discovered,
    discovery_weights,
    simulate_city,
    simulate_urn,
)
from patrol.model.errors import InputError


def shares(discovered: Discovered, rates: tuple[float, float] = (0.5, 0.5)) -> np.ndarray:
    return simulate_urn(rates, days=1_000, runs=300, discovered=discovered, seed=11)


def test_two_equal_areas_stay_equally_patrolled_when_discoveries_are_corrected() -> None:
    low, high = np.quantile(shares(Discovered.CORRECTED), [0.05, 0.95])
    assert low >= 0.45
    assert high <= 0.55


def test_counting_every_discovery_runs_away() -> None:
    low, high = np.quantile(shares(Discovered.COUNTED), [0.05, 0.95])
    assert low < 0.40
    assert high > 0.60


def test_ignoring_discoveries_keeps_the_start() -> None:
    assert set(shares(Discovered.IGNORED).tolist()) == {0.5}


def test_a_truly_busier_area_gets_its_share_and_not_more() -> None:
    naive = shares(Discovered.COUNTED, (0.55, 0.45)).mean()
    corrected = shares(Discovered.CORRECTED, (0.55, 0.45)).mean()
    assert corrected == pytest.approx(0.55, abs=0.015)
    assert naive > corrected + 0.05


def city(seed: int = 5) -> City:
    rng = np.random.default_rng(seed)
    rates = np.sort(rng.pareto(1.6, 1_157))[::-1] * 0.8
    return City(reported_per_week=rates, discovered_per_visit=rng.permutation(rates) * 2.0)


@pytest.mark.parametrize("discovered", [Discovered.IGNORED, Discovered.CORRECTED])
def test_with_discovered_incidents_about_the_truly_busiest_places_are_patrolled(
    discovered: Discovered,
) -> None:
    weight = CORRECTED_WEIGHT if discovered is Discovered.CORRECTED else 1.0
    overlaps = [
        simulate_city(
            city(), weeks=104, discovered=discovered, discovered_weight=weight, seed=seed
        )[0]
        for seed in range(5)
    ]
    assert np.mean(overlaps) >= 0.94


def test_mixing_discovered_incidents_in_loses_the_busiest_places() -> None:
    ignored = simulate_city(city(), weeks=104, discovered=Discovered.IGNORED, seed=1)[0]
    counted = simulate_city(city(), weeks=104, discovered=Discovered.COUNTED, seed=1)[0]
    assert counted < ignored - 0.03


def test_exploration_reaches_places_the_map_never_favors() -> None:
    with_it = simulate_city(city(), weeks=104, discovered=Discovered.IGNORED, seed=1)[1]
    without = simulate_city(
        city(), weeks=104, discovered=Discovered.IGNORED, exploration_share=0.0, seed=1
    )[1]
    assert (with_it == 0).mean() < (without == 0).mean() - 0.2


def test_a_chance_out_of_range_is_refused() -> None:
    with pytest.raises(InputError, match=r"chance of a patrol must be in \[0, 1\]"):
        discovery_weights(np.array([0.2, 1.2]))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(0.1, 100))
def test_the_gini_is_between_equal_and_all_for_one_whatever_the_measure(
    values: list[float], factor: float
) -> None:
    found = gini(np.array(values))
    assert -1e-9 <= found < 1
    assert gini(np.array(values) * factor) == pytest.approx(found, abs=1e-9)


def test_equal_towns_have_no_gini_and_one_for_all_nearly_one() -> None:
    assert gini(np.full(5, 3.0)) == pytest.approx(0.0)
    assert gini(np.array([0.0, 0, 0, 0, 9])) == pytest.approx(0.8)


def test_a_town_with_four_times_the_median_is_alarming() -> None:
    spread = measure_spread([1.0, 1.0, 4.0, None])
    assert (spread.towns, spread.max_over_median) == (3, 4.0)
    assert spread.is_alarming()
    assert spread.lorenz[-1] == pytest.approx(1.0)
    assert not measure_spread([1.0, 1.0, 2.9]).is_alarming()
    assert not measure_spread([None]).is_alarming()


def test_a_town_tells_hours_by_resident_by_incident_and_against_before() -> None:
    town = TownExposure("T1", "东镇", 30.0, 20.0, 10_000, 15)
    assert town.per_1000_residents == pytest.approx(3.0)
    assert town.per_incident == pytest.approx(2.0)
    assert town.change_share == pytest.approx(0.5)
    unknown = TownExposure("T2", "西镇", 30.0, 0.0, None, 0)
    assert unknown.per_1000_residents is None
    assert unknown.per_incident is None
    assert unknown.change_share is None
