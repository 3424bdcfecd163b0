"""Hit rates, their intervals, and the learner."""

import numpy as np
import pytest

from patrol.hotspot.backtest import (
    WHOLE,
    Split,
    Week,
    best_in_hindsight,
    decayed_forecast,
    kde_forecast,
    run_weeks,
)
from patrol.hotspot.evaluate import WeeklyHits, compare, measure, top_hits, verdict
from patrol.hotspot.grid import make_grid
from patrol.hotspot.kernel import make_raster
from patrol.hotspot.learn import Learned, Learner, busiest_units, tier
from patrol.hotspot.mixture import fit_focused, fit_shares
from patrol.hotspot.past import WEEK_S, Past, group_kinds
from patrol.hotspot.shifts import ShiftMap
from patrol.model.errors import InputError


def test_a_share_takes_the_densest_units_and_a_part_of_the_last() -> None:
    scores = np.array([10.0, 30.0, 1.0])
    size = np.array([1.0, 10.0, 9.0])  # per size: 10, 3, 0.1
    hits = np.array([4.0, 20.0, 6.0])
    np.testing.assert_allclose(
        top_hits(scores, size, hits, [0.05, 0.30, 0.55, 1.0]), [4.0, 14.0, 24.0, 30.0]
    )


def weekly(hits: list[float], total: list[float], best: list[float] | None = None) -> WeeklyHits:
    count = len(hits)
    return WeeklyHits(
        (0.01,),
        np.array(hits, dtype=float).reshape(count, 1),
        np.array(best or total, dtype=float).reshape(count, 1),
        np.array(total, dtype=float),
    )


def test_figures_pool_weeks_and_average_the_efficiency() -> None:
    figures = measure(weekly([10, 30], [100, 100], [20, 40]), seed=1)
    assert figures.hit_rate[0.01] == pytest.approx(0.2)
    assert figures.pai[0.01] == pytest.approx(20.0)
    assert figures.pei[0.01] == pytest.approx((0.5 + 0.75) / 2)
    low, high = figures.ci95[0.01]
    assert low == pytest.approx(0.1)
    assert high == pytest.approx(0.3)


def test_weeks_without_incidents_do_not_count_and_none_at_all_is_refused() -> None:
    assert measure(weekly([10, 0], [100, 0]), seed=1).hit_rate[0.01] == pytest.approx(0.1)
    with pytest.raises(InputError, match="no incident falls into the weeks"):
        measure(weekly([0], [0]), seed=1)


def test_a_map_is_better_only_where_the_interval_excludes_zero() -> None:
    steady = [20.0] * 13
    clearly = compare(weekly([25.0] * 13, [100] * 13), weekly(steady, [100] * 13), seed=1)[0.01]
    assert clearly.verdict == "better"
    assert clearly.points == pytest.approx(0.05)
    swinging = [20.0 + (8 if week % 2 else -6) for week in range(13)]
    unclear = compare(weekly(swinging, [100] * 13), weekly(steady, [100] * 13), seed=1)[0.01]
    assert unclear.points > 0
    assert unclear.ci95[0] < 0 < unclear.ci95[1]
    assert unclear.verdict == "not shown"


@pytest.mark.parametrize(
    ("interval", "word"),
    [
        ((0.001, 0.1), "better"),
        ((-0.1, -0.001), "worse"),
        ((-0.1, 0.1), "not shown"),
        ((0.0, 0.1), "not shown"),
        ((-0.1, 0.0), "not shown"),
    ],
)
def test_an_interval_that_touches_zero_shows_nothing(
    interval: tuple[float, float], word: str
) -> None:
    assert verdict(interval) == word


def test_cells_cover_the_points_and_nothing_else() -> None:
    grid = make_grid(
        np.array([0.0, 149.0, 151.0, 900.0, np.nan]), np.array([0.0, 0, 0, 900, 0]), 150.0
    )
    assert grid.count == 3
    assert grid.cell.tolist() == [0, 0, 1, 2, -1]
    assert grid.area_km2 == pytest.approx(3 * 0.0225)
    np.testing.assert_allclose(grid.center_m[0], [75.0, 75.0])
    found = grid.find_cells(
        np.array([10.0, 500.0, -1.0, np.nan, 910.0]), np.array([10.0, 500, 0, 0, 905])
    )
    assert found.tolist() == [0, -1, -1, -1, 2]


@pytest.mark.parametrize("cell_m", [0.0, 49.0, 1001.0, float("nan")])
def test_a_cell_of_impossible_size_is_refused(cell_m: float) -> None:
    with pytest.raises(InputError, match=r"cell side must be in \[50, 1000\] m"):
        make_grid(np.zeros(1), np.zeros(1), cell_m)


def test_the_raster_density_is_the_sum_of_gaussians() -> None:
    rng = np.random.default_rng(2)
    x_m, y_m = rng.uniform(0, 2_000, 80), rng.uniform(0, 1_500, 80)
    weight = rng.random(80)
    at_m = np.column_stack((rng.uniform(200, 1_800, 40), rng.uniform(200, 1_300, 40)))
    found = make_raster(x_m, y_m, 150.0).density(x_m, y_m, weight, at_m, 150.0)
    square_m2 = (at_m[:, :1] - x_m) ** 2 + (at_m[:, 1:] - y_m) ** 2
    exact = (weight * np.exp(-square_m2 / (2 * 150.0**2))).sum(axis=1) / (2 * np.pi * 150.0**2)
    np.testing.assert_allclose(found, exact, rtol=0.05, atol=exact.max() * 0.01)


def test_shares_are_found_that_made_the_data() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.dirichlet(np.ones(50)), rng.dirichlet(np.ones(50))
    truth = 0.3 * first + 0.7 * second
    hits = rng.multinomial(200_000, truth).astype(float)
    used = hits > 0
    shares = fit_shares(np.stack((first, second))[:, used], hits[used])
    np.testing.assert_allclose(shares, [0.3, 0.7], atol=0.02)


def test_focused_shares_need_only_the_units_that_are_looked_at() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.dirichlet(np.ones(400)), rng.dirichlet(np.ones(400))
    expected = np.stack((first, second)) * 100_000
    hits = rng.poisson(np.array([0.3, 0.7]) @ expected).astype(float)
    some = np.argsort(-first)[:60]
    shares = fit_focused(expected[:, some], hits[some])
    np.testing.assert_allclose(shares, [0.3, 0.7], atol=0.03)


def test_a_prior_holds_where_little_was_seen_and_gives_way_where_much_was() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.dirichlet(np.ones(50)), rng.dirichlet(np.ones(50))
    prior = np.array([0.9, 0.1])
    few = np.stack((first, second)) * 5
    many = np.stack((first, second)) * 50_000
    truth = np.array([0.3, 0.7])
    doubted = fit_focused(few, rng.poisson(truth @ few).astype(float), prior, 500.0)
    np.testing.assert_allclose(doubted, prior, atol=0.05)
    learned = fit_focused(many, rng.poisson(truth @ many).astype(float), prior, 500.0)
    np.testing.assert_allclose(learned, truth, atol=0.05)


def test_the_busiest_units_cover_a_share_of_the_length_whatever_their_number() -> None:
    size = np.array([100.0, 1.0, 1.0, 98.0] + [100.0] * 98)
    scores = np.array([0.0, 5.0, 4.0, 90.0] + [1.0] * 98)
    assert busiest_units(scores, size, 0.01)[:3].tolist() == [1, 2, 3]
    assert len(busiest_units(scores, size, 0.01)) == 30  # the least that teach anything
    assert len(busiest_units(scores, size, 1.0)) == 102
    assert len(busiest_units(np.ones(7), np.ones(7), 0.01)) == 7


def test_the_highest_take_the_first_scores_and_the_rest_the_second() -> None:
    top, wide, size = np.linspace(1, 2, 1_000), np.linspace(1, 3, 1_000), np.ones(1_000)
    tiered = tier(top, wide, size)
    np.testing.assert_allclose(tiered[-15:], top[-15:])
    np.testing.assert_allclose(tiered[:960], wide[:960])
    assert (tiered >= top).all()
    assert (tiered <= wide).all()


def past_of(rates: np.ndarray, weeks: int, seed: int = 1, shift_at: int | None = None) -> Past:
    """Weekly Poisson counts on a row of 150 m cells; after ``shift_at`` the rates are reversed."""
    rng = np.random.default_rng(seed)
    times: list[int] = []
    units: list[int] = []
    for week in range(weeks):
        now = rates[::-1] if shift_at is not None and week >= shift_at else rates
        for unit, count in enumerate(rng.poisson(now).tolist()):
            times += (week * WEEK_S + rng.integers(0, WEEK_S, count)).tolist()
            units += [unit] * count
    order = np.argsort(times, kind="stable")
    time_s = np.array(times, dtype=np.int64)[order]
    unit = np.array(units, dtype=np.int32)[order]
    center_m = np.column_stack((np.arange(len(rates)) * 150.0, np.zeros(len(rates))))
    return Past(
        time_s=time_s,
        unit=unit,
        x_m=center_m[unit, 0],
        y_m=center_m[unit, 1],
        target=np.ones(len(unit), dtype=bool),
        group=np.zeros(len(unit), dtype=np.int32),
        groups=("theft",),
        size=np.full(len(rates), 150.0**2),
        center_m=center_m,
    )


def test_a_forecast_is_a_chance_and_finds_the_busy_places() -> None:
    rates = np.where(np.arange(60) % 10 == 0, 6.0, 0.1)
    learner = Learner(past_of(rates, 30))
    chance = learner.forecast(30 * WEEK_S)
    assert (chance > 0).all()
    assert chance.sum() == pytest.approx(1.0, abs=0.05)
    assert set(np.argsort(-chance)[:6].tolist()) == set(range(0, 60, 10))


def test_where_places_change_the_memory_is_shorter() -> None:
    rates = np.linspace(0.05, 6.0, 60)
    calm = Learner(past_of(rates, 40)).learn(40 * WEEK_S)
    moved = Learner(past_of(rates, 40, shift_at=30)).learn(40 * WEEK_S)

    def short(learned: Learned) -> float:
        return float(learned.wide[:2].sum())  # half-lives of two weeks and a month

    assert short(moved) > short(calm) + 0.2


def test_a_sparse_kind_is_drawn_to_its_surroundings_more_than_a_dense_one() -> None:
    bump = np.exp(-(((np.arange(60) - 30) / 8.0) ** 2))
    sparse = Learner(past_of(bump * 0.1, 50))
    chance = sparse.forecast(50 * WEEK_S)
    counts = sparse._past.decayed(50 * WEEK_S, 365.0)
    # Cells beside busy ones get a chance though nothing ever happened on some of them.
    assert chance[28:33].min() > chance[[0, 1, 58, 59]].max()
    assert np.corrcoef(chance, bump)[0, 1] > np.corrcoef(counts, bump)[0, 1]


def test_common_kinds_are_told_apart_and_the_rest_is_one() -> None:
    kind = np.repeat([0, 1, 2, 3], [5_000, 2_000, 40, 10]).astype(np.int32)
    group, names = group_kinds(kind, ("theft", "", "fight", "arson"), np.ones(7_050, dtype=bool))
    assert names == ("theft", "", "the rest")
    assert np.bincount(group).tolist() == [5_000, 2_000, 50]


def test_kinds_that_stay_true_to_a_place_count_more() -> None:
    rng = np.random.default_rng(5)
    faithful, fickle = np.linspace(0.1, 4.0, 40), np.full(40, 2.0)
    rows: list[tuple[int, int, int]] = []
    for week in range(40):
        # The fickle kind clusters somewhere else each week.
        fickle = np.zeros(40)
        fickle[rng.integers(0, 40, 3)] = 25.0
        for kind, rates in ((0, faithful), (1, fickle)):
            for unit, count in enumerate(rng.poisson(rates).tolist()):
                rows += [(week * WEEK_S + int(rng.integers(0, WEEK_S)), unit, kind)] * count
    time_s, unit, kind = (np.array(column) for column in zip(*sorted(rows), strict=True))
    center_m = np.column_stack((np.arange(40) * 150.0, np.zeros(40)))
    past = Past(
        time_s,
        unit.astype(np.int32),
        center_m[unit, 0],
        center_m[unit, 1],
        np.ones(len(unit), dtype=bool),
        kind.astype(np.int32),
        ("faithful", "fickle"),
        np.full(40, 150.0**2),
        center_m,
    )
    learner = Learner(past)
    names = [part.name for part in learner.components]
    learned = learner.learn(40 * WEEK_S)
    shares = dict(zip(names, learned.wide, strict=True))
    assert shares["kind faithful"] > 2 * shares["kind fickle"]


def test_without_history_the_learner_relies_on_a_long_memory() -> None:
    learner = Learner(past_of(np.ones(5), 2))
    learned = learner.learn(2 * WEEK_S)
    assert (learned.weeks, learned.events, learned.trust) == (0, 0, 0.0)
    assert learned.wide.sum() == pytest.approx(1.0)
    shares = dict(zip((part.name for part in learner.components), learned.wide, strict=True))
    assert shares["365 d"] > shares["120 d"] > shares["14 d"] == 0.0


def test_nothing_of_the_week_itself_is_looked_at() -> None:
    past = past_of(np.linspace(0.1, 3, 30), 20)
    known = past.time_s < 15 * WEEK_S
    cut = Past(
        past.time_s[known],
        past.unit[known],
        past.x_m[known],
        past.y_m[known],
        past.target[known],
        past.group[known],
        past.groups,
        past.size,
        past.center_m,
    )
    for make in (
        lambda case: Learner(case).forecast,
        kde_forecast,
        lambda case: decayed_forecast(case, 60.0),
    ):
        np.testing.assert_allclose(make(past)(15 * WEEK_S), make(cut)(15 * WEEK_S), rtol=1e-9)


def test_rolling_weeks_count_hits_and_the_champion_has_most() -> None:
    rates = np.where(np.arange(100) == 7, 20.0, 0.2)
    past = past_of(rates, 20)
    weeks = [Week(at * WEEK_S, (at + 1) * WEEK_S) for at in range(15, 20)]
    seen: list[float] = []
    results = run_weeks(
        past,
        {"good": decayed_forecast(past, 100.0), "even": lambda _at_s: past.size},
        weeks,
        lambda _name, share: seen.append(share),
    )[WHOLE]
    counts = sum(past.counts(week.start_s, week.end_s)[7] for week in weeks)
    assert results["good"].hits[:, 0].sum() == pytest.approx(counts)
    assert best_in_hindsight(results, ["even", "good"]) == "good"
    assert seen[-1] == pytest.approx(1.0)
    with pytest.raises(InputError, match="at least one whole week"):
        run_weeks(past, {}, [])


def test_a_part_is_counted_by_itself_and_with_its_own_map_where_it_has_one() -> None:
    rates = np.where(np.arange(100) == 7, 20.0, 0.2)
    past = past_of(rates, 20)
    weeks = [Week(at * WEEK_S, (at + 1) * WEEK_S) for at in range(15, 20)]
    busy = past.unit == 7

    def blind(_at_s: int) -> np.ndarray:
        return np.where(np.arange(100) == 7, 0.0, 1.0)

    found = run_weeks(
        past,
        {"map": decayed_forecast(past, 100.0)},
        weeks,
        splits=[Split("busy", busy), Split("calm", ~busy), Split("lost", busy, {"map": blind})],
    )
    whole = found[WHOLE]["map"].total
    np.testing.assert_allclose(found["busy"]["map"].total + found["calm"]["map"].total, whole)
    assert found["busy"]["map"].hits[:, 0].sum() == found["busy"]["map"].total.sum()
    assert found["lost"]["map"].hits[:, 2].sum() == 0.0


def test_the_map_of_a_shift_finds_what_only_happens_in_it() -> None:
    # By day everything happens on the left, by night on the right; there is twice as much by day.
    day, night = np.zeros(60), np.zeros(60)
    day[5], night[55] = 36.0, 18.0
    both = past_of(day + night + 0.05, 30)
    by_night = both.unit > 30
    own = ShiftMap(Learner(both), both, by_night)
    assert int(np.argmax(own.learner.forecast(30 * WEEK_S))) == 5
    chance = own.forecast(30 * WEEK_S)
    assert int(np.argmax(chance)) == 55
    assert chance.sum() == pytest.approx(1.0, abs=0.01)


def test_a_shift_with_hardly_any_incidents_takes_the_map_of_all_day() -> None:
    both = past_of(np.linspace(0.05, 1.0, 40), 30)
    own = ShiftMap(Learner(both), both, np.arange(len(both.time_s)) % 50 == 0)
    np.testing.assert_allclose(own.forecast(30 * WEEK_S), own.learner.forecast(30 * WEEK_S))
