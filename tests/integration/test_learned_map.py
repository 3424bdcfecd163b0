"""What is ``auto`` on the live map is the very forecast that the backtest tests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from patrol.app import opened
from patrol.hotspot.learn import Learner
from patrol.hotspot.shifts import ShiftMap
from patrol.model.incident import Incident, Source
from patrol.model.place import Place
from patrol.usecase.backtest import BacktestRequest, make_case, run_backtest
from patrol.usecase.hotspot_inputs import map_inputs
from patrol.usecase.hotspot_layers import shift_hours
from patrol.usecase.hotspot_map import build_map, map_geojson
from patrol.usecase.incident_part import incident_part
from patrol.usecase.learned_map import learned_map, tell_learned
from patrol.usecase.services import Services
from patrol.usecase.weights import merge_weights, present_weights
from tests.networks import grid

# A Thursday 00:00 UTC: where the weeks begin of which a map learns.
AT = datetime(2024, 6, 6, tzinfo=UTC)
WEEKS = 30


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    path = tmp_path_factory.mktemp("learned") / "config.yaml"
    path.write_text("county: {timezone: Etc/UTC}\n", encoding="utf-8")
    with opened(path, clock=lambda: AT) as made:
        made.streets.save_network(grid(6))
        made.incidents.add_incidents(_incidents(made))
        yield made


def _incidents(services: Services) -> list[Incident]:
    """Half a year with busy and calm streets; the busiest of the night is calm by day."""
    middles = services.streets.get_network().midpoints()
    rng = np.random.default_rng(5)
    by_day, by_night = rng.pareto(1.3, (2, len(middles))) + 0.02
    found = []
    for week in range(1, WEEKS + 1):
        for share, rate, first_h in ((60, by_day, 8), (40, by_night, 0)):
            for segment in rng.choice(len(middles), share, p=rate / rate.sum()).tolist():
                hours = 24 * int(rng.integers(0, 7)) + first_h + float(rng.uniform(0, 7.9))
                time = AT - timedelta(weeks=week) + timedelta(hours=hours)
                kind = "theft" if rng.random() < 0.7 else "fight"
                place = Place(*map(float, middles[segment]))
                found.append(Incident(f"i{len(found)}", time, place, kind, Source.PUBLIC))
    return found


def shares(scores: np.ndarray) -> np.ndarray:
    made: np.ndarray = scores / scores.sum()
    return made


def test_the_live_map_of_a_shift_is_the_tested_forecast_of_the_shift(services: Services) -> None:
    hotspots = present_weights(services).hotspots
    inputs = map_inputs(services, hotspots)
    part = incident_part(services, inputs, hotspots, AT)
    week, plain = part.whole_week(), replace(part, lift=None).whole_week()
    request = BacktestRequest(date(2024, 6, 6), date(2024, 6, 13), unit="segment")
    past = make_case(services, request).past
    learner, at_s = Learner(past), int(AT.timestamp())
    lift = learned_map(services, inputs, AT, hotspots.band_h).lift
    assert lift is not None
    hour = inputs.events.hour[inputs.events.unit >= 0]
    tested = 0
    for hours in shift_hours(services).values():
        wanted = shares(ShiftMap(learner, past, hours[hour]).forecast(at_s))
        column = int(lift.column[hours[:168]][0])
        if column == 0:
            continue  # Hardly anything happens in the evening here.
        found = shares(week[:, hours[:168]].mean(axis=1))
        # Every hour keeps its level, and ratios of next to nothing are cut: that moves a little.
        away = np.abs(found - wanted).sum() / 2
        unlifted = shares(plain[:, hours[:168]].mean(axis=1))
        assert away < 0.01
        assert np.abs(unlifted - wanted).sum() / 2 > 4 * away
        tested += 1
    assert tested == 2


def test_with_a_fixed_memory_the_map_is_plain_decay(services: Services) -> None:
    fixed = {"half_life_d": 60, "smoothing_share": 0, "shift_blend_share": 0}
    hotspots = merge_weights(present_weights(services).hotspots, fixed)
    inputs = map_inputs(services, hotspots)
    found = incident_part(services, inputs, hotspots, AT).whole_week()
    events = inputs.events
    decay = np.exp2((events.time_s - AT.timestamp()) / 86_400 / 60)
    plain = np.bincount(events.unit, weights=decay, minlength=len(found))
    np.testing.assert_allclose(shares(found.mean(axis=1)), shares(plain))


def test_a_fixed_share_of_smoothing_moves_that_share_to_the_neighbors(services: Services) -> None:
    hotspots = merge_weights(
        present_weights(services).hotspots, {"half_life_d": 60, "smoothing_share": 0}
    )
    inputs = map_inputs(services, hotspots)
    plain = incident_part(services, inputs, hotspots, AT).whole_week()
    half = merge_weights(hotspots, {"smoothing_share": 0.5})
    spread = incident_part(services, inputs, half, AT).whole_week()
    assert spread.sum() == pytest.approx(plain.sum())
    assert spread.max() < plain.max()
    assert (spread > 0).sum() >= (plain > 0).sum()


def test_harm_weights_still_decide_and_reasons_add_up(services: Services) -> None:
    hotspots = merge_weights(
        present_weights(services).hotspots, {"kinds": {"theft": {"weight": 0}}}
    )
    made = build_map(services, AT, weights=hotspots)
    for feature in map_geojson(services, made, 20)["features"]:
        parts = feature["properties"]["contributions"]
        assert {part["kind"] for part in parts} <= {"fight", "other"}
        assert sum(part["share"] for part in parts) == pytest.approx(1.0, abs=1e-5)


def test_what_was_learned_is_told(services: Services) -> None:
    told = tell_learned(services, AT)
    assert told["forecast"]
    assert 0 <= told["shift_blend_share"] <= 1
    assert {one["kind"] for one in told["kinds"]} == {"theft", "fight"}
    for one in told["kinds"]:
        assert 14 <= one["half_life_d"] <= 365
        assert 0 <= one["smoothing_share"] <= 1
        assert one["learned_from"] > 400


def test_nothing_after_the_day_of_a_map_is_looked_at(services: Services) -> None:
    # The forecast of ten weeks ago knows nothing of what came later: the same with it left out.
    then = AT - timedelta(weeks=10)
    hotspots = present_weights(services).hotspots
    before = build_map(services, then).scores.copy()
    late = [
        Incident(
            f"late {n}", then + timedelta(days=1), Place(*map(float, m)), "fight", Source.PUBLIC
        )
        for n, m in enumerate(services.streets.get_network().midpoints()[:5])
    ]
    services.incidents.add_incidents(late)
    np.testing.assert_allclose(build_map(services, then, weights=hotspots).scores, before)


def test_a_backtest_on_streets_tells_how_the_published_map_did(services: Services) -> None:
    request = BacktestRequest(date(2024, 5, 2), date(2024, 5, 30), unit="segment")
    answer = run_backtest(services, request)
    published = answer["baselines"]["published"]
    for share in ("0.05", "0.1"):
        low, high = published["difference"][share]["ci95"]
        assert low - 0.02 <= 0 <= high + 0.02
    by_night = answer["by_shift"]["night"]["baselines"]
    assert by_night["published"]["hit_rate"]["0.1"] > by_night["kde"]["hit_rate"]["0.1"]
