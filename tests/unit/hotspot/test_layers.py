"""Layers of the hotspot map: decay, hours, sites, survey, dark streets."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from patrol.hotspot.dark import dark_layer, dark_shares, tagged_dark
from patrol.hotspot.events import (
    HOUR_UNKNOWN,
    Events,
    hours_of_week,
    local_minutes,
    midnight_peak,
)
from patrol.hotspot.layers import (
    Decay,
    decayed_scores,
    hourly_sums,
    incident_weights,
    mix_hours,
    normalized,
    site_layer,
    survey_layer,
)
from patrol.hotspot.sun import dark_hours, sun_height_deg
from patrol.model.errors import InputError
from patrol.model.place import Place

DAY_S = 86_400


def events_of(
    time_s: list[int], unit: list[int], hour: list[int] | None = None, kind: list[int] | None = None
) -> Events:
    count = len(time_s)
    return Events(
        time_s=np.array(time_s, dtype=np.int64),
        unit=np.array(unit, dtype=np.int32),
        hour=np.array(hour or [0] * count, dtype=np.int16),
        kind=np.array(kind or [0] * count, dtype=np.int32),
        kinds=("theft", "fight"),
        source=np.zeros(count, dtype=np.int32),
        sources=("public", "patrol"),
    )


def seconds(*text: str) -> np.ndarray:
    return np.array([int(datetime.fromisoformat(t).timestamp()) for t in text], dtype=np.int64)


def test_a_week_begins_on_monday_in_local_time() -> None:
    times = seconds("2024-05-06T00:30+08:00", "2024-05-12T23:30+08:00", "2024-05-05T17:00+00:00")
    assert hours_of_week(times, ZoneInfo("Asia/Shanghai")).tolist() == [0, 167, 1]


def test_daylight_saving_moves_the_hour() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    winter, summer = seconds("2024-01-01T20:00+00:00", "2024-07-01T20:00+00:00")
    assert hours_of_week(np.array([winter, summer]), zone).tolist() == [12, 13]


def test_midnights_that_stand_for_unknown_hours_are_unknown() -> None:
    zone = ZoneInfo("UTC")
    midnights = [int(DAY_S * day) for day in range(1, 41)]
    others = [int(DAY_S * day + 3600 * (day % 24) + 600) for day in range(1, 200)]
    times = np.array(midnights + others, dtype=np.int64)
    hours = hours_of_week(times, zone)
    assert (hours[:40] == HOUR_UNKNOWN).all()
    assert (hours[40:] != HOUR_UNKNOWN).all()
    peak = midnight_peak(local_minutes(times, zone))
    assert peak is not None
    assert peak.incidents == 40


def test_a_busy_midnight_among_busy_neighbors_is_believed() -> None:
    times = [DAY_S * day + hour * 3600 for day in range(1, 60) for hour in (0, 1, 23)]
    hours = hours_of_week(np.array(times, dtype=np.int64), ZoneInfo("UTC"))
    assert (hours != HOUR_UNKNOWN).all()


def test_a_kind_weighs_its_harm_its_source_and_its_age() -> None:
    at_s = 100 * DAY_S
    events = events_of([at_s, at_s - 10 * DAY_S, at_s + 1, at_s], [0, 0, 0, -1], kind=[0, 1, 0, 0])
    weights = incident_weights(
        events,
        at_s,
        np.array([2.0, 8.0]),
        [Decay.single(100.0), Decay.single(5.0)],
        np.array([0.5, 0.0]),
    )
    # Today at half trust; two half-lives old; in the future; on no street.
    np.testing.assert_allclose(weights, [1.0, 1.0, 0.0, 0.0])


def test_a_mixture_gives_each_term_its_share_of_a_steady_stream() -> None:
    ages_d = np.arange(0, 20_000.0)
    events = events_of([int(-age * DAY_S) for age in ages_d], [0] * len(ages_d))
    mixed = Decay(np.array([10.0, 100.0]), np.array([0.25, 0.75]))
    weights = incident_weights(events, 0, np.ones(2), [mixed, mixed], np.ones(2))
    assert mixed.mean_half_life_d == pytest.approx(77.5)
    short = (77.5 * 0.25 / 10 * decayed_scores(ages_d, 10.0)).sum()
    assert short / weights.sum() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("half_life_d", [0.0, -1.0, float("nan")])
def test_a_half_life_must_be_positive(half_life_d: float) -> None:
    with pytest.raises(InputError, match="half_life_d must be > 0"):
        decayed_scores(np.ones(1), half_life_d)
    with pytest.raises(InputError, match="half_life_d must be > 0"):
        Decay.single(half_life_d)


def test_the_band_counts_its_own_hours_and_falls_off_linearly() -> None:
    total = np.zeros(169)
    total[20] = 1.0
    mix = mix_hours(total, [20, 21, 22, 23, 30], 2, 1.0)
    level = mix.level
    assert level[0] > level[1] > level[2] > level[3] == level[4]
    # Only the one incident is there, so wherever the band reaches, it is all of the score.
    np.testing.assert_allclose(mix.factor[20, :3], level[:3])


def test_the_band_wraps_from_sunday_night_to_monday() -> None:
    total = np.zeros(169)
    total[167] = 1.0
    assert mix_hours(total, [0], 2, 1.0).level[0] > mix_hours(total, [3], 2, 1.0).level[0]


def test_scores_of_all_units_sum_to_the_level_and_levels_average_one() -> None:
    rng = np.random.default_rng(7)
    events = events_of(
        [0] * 500, rng.integers(0, 20, 500).tolist(), rng.integers(0, 169, 500).tolist()
    )
    weights = rng.random(500)
    hourly = hourly_sums(events, weights, 20)
    mix = mix_hours(hourly.sum(axis=0), list(range(168)), 2, 0.5)
    np.testing.assert_allclose((hourly @ mix.factor).sum(axis=0), mix.level)
    assert mix.level.mean() == pytest.approx(1.0)


def test_without_incidents_all_scores_are_zero() -> None:
    mix = mix_hours(np.zeros(169), [1, 2], 2, 0.5)
    assert not mix.factor.any()
    assert not normalized(np.zeros((3, 2))).any()


def test_a_site_counts_in_its_hours_only() -> None:
    active = np.zeros((2, 24))
    active[0, 8], active[1, :] = 1.0, 1.0
    layer = site_layer(np.array([1, -1], dtype=np.int32), np.array([2.0, 5.0]), active, 3)
    assert layer[1, 8] == pytest.approx(24.0)
    assert layer.sum() == pytest.approx(24.0)


def test_a_town_below_the_target_weighs_by_street_length() -> None:
    layer = survey_layer(
        np.array([0, 0, 1, -1], dtype=np.int32),
        np.array([100.0, 300.0, 50.0, 70.0]),
        np.array([0.1, 0.0]),
    )
    np.testing.assert_allclose(layer, [0.25, 0.75, 0.0, 0.0])


def test_only_streets_tagged_unlit_are_dark_and_only_at_night() -> None:
    dark = np.zeros(24)
    dark[[0, 23]] = 1.0
    layer = dark_layer(
        tagged_dark(np.array([0, 1, -1], dtype=np.int8)), np.array([10.0, 10.0, 10.0]), dark
    )
    assert layer[0, 0] == layer[0, 23] == pytest.approx(12.0)
    assert not layer[1:].any()
    assert not layer[:, 12].any()


@pytest.mark.parametrize(
    ("place", "at", "height_deg"),
    [
        # At the equator on an equinox the sun stands overhead at local noon.
        (Place(0.0, 0.0), datetime(2024, 3, 20, 12, 7, tzinfo=UTC), 90.0),
        # On the June solstice at 23.44 degrees north it does so, too.
        (Place(0.0, 23.44), datetime(2024, 6, 20, 12, 2, tzinfo=UTC), 90.0),
        # At the pole it then stands at the tilt of the earth, day and night.
        (Place(0.0, 90.0), datetime(2024, 6, 20, 0, 0, tzinfo=UTC), 23.44),
        (Place(113.5, -90.0), datetime(2024, 6, 20, 9, 0, tzinfo=UTC), -23.44),
    ],
)
def test_the_sun_stands_where_geometry_puts_it(
    place: Place, at: datetime, height_deg: float
) -> None:
    assert sun_height_deg(place, at) == pytest.approx(height_deg, abs=0.6)


def test_winter_nights_are_longer() -> None:
    place = Place(113.5, 40.0)
    zone = ZoneInfo("Asia/Shanghai")
    winter = dark_hours(place, datetime(2024, 12, 21, tzinfo=zone)).sum()
    summer = dark_hours(place, datetime(2024, 6, 21, tzinfo=zone)).sum()
    assert winter > 13
    assert summer < 9


def test_a_lamp_list_says_which_streets_are_dark_and_broken_lamps_do_not_light() -> None:
    # Three streets of 100 m along y = 0, 100 and 1,000; the list knows the first two.
    x_m = np.tile(np.arange(5.0, 100.0, 10.0), 3)
    y_m = np.repeat([0.0, 100.0, 1_000.0], 10)
    unit = np.repeat(np.arange(3), 10)
    lamp_m = np.array([[25.0, 0.0], [75.0, 0.0], [25.0, 100.0], [75.0, 100.0]])
    works = np.array([True, True, True, False])
    tagged = np.array([1.0, 0.0, 1.0])
    shares = dark_shares(tagged, unit, np.column_stack((x_m, y_m)), lamp_m, works)
    assert shares[0] == 0.0  # the list overrides the tag
    assert shares[1] == pytest.approx(0.5)
    assert shares[2] == 1.0  # outside the list the tag stands
    none = dark_shares(tagged, unit, np.column_stack((x_m, y_m)), np.empty((0, 2)), works[:0])
    assert none is tagged
