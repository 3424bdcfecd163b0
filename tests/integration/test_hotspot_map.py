"""The hotspot map from real stores: what moves it, what explains it, and what must not."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from patrol.app import opened
from patrol.cli.main import run
from patrol.hotspot.exposure import TownExposure
from patrol.model.camera import Camera, Count, ObjectClass
from patrol.model.errors import InputError, NotFoundError
from patrol.model.fix import Pass
from patrol.model.incident import Incident, Source
from patrol.model.mark import ExcludedPoint
from patrol.model.town import Campaign, KeySite, SiteKind, SurveyAnswer, Town, Window
from patrol.store.incidents import IncidentColumns
from patrol.store.marks import BacktestStore, ExclusionStore
from patrol.usecase.exposure import quarter_name, quarter_period
from patrol.usecase.hotspot_map import HotspotMap, build_map, map_geojson, pick_hotspots
from patrol.usecase.incident_arrays import KeptIncidents
from patrol.usecase.services import Services
from patrol.usecase.weights import merge_weights, present_weights
from tests.networks import grid, lonlat, place

AT = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)  # a Monday, 20:00 in Shanghai
CONFIG = "county:\n  name: 测试县\n"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    with opened(path, clock=lambda: AT) as made:
        made.streets.save_network(grid(6))
        yield made


def incident(number: int, x_m: float, y_m: float, **others: object) -> Incident:
    values = {"time": AT - timedelta(days=1 + number % 50), "kind": "theft", **others}
    return Incident(id=f"I{number}", place=place(x_m, y_m), source=Source.PUBLIC, **values)  # type: ignore[arg-type]


def at_segment(made: HotspotMap, x_m: float, y_m: float) -> int:
    lon, lat = lonlat(x_m, y_m)
    index, _ = made.network.nearest_segments(np.array([lon]), np.array([lat]), within_m=60)
    return int(index[0])


def test_without_streets_the_map_says_how_to_get_them(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    with opened(path) as empty, pytest.raises(NotFoundError, match="patrol import streets FILE"):
        build_map(empty, AT)


def test_without_anything_the_map_is_flat_and_hotspots_are_explored(services: Services) -> None:
    made = build_map(services, AT)
    assert not made.scores.any()
    assert map_geojson(services, made, 10)["features"] == []
    picked = pick_hotspots(made, 20, seed=1)
    assert len(picked) == 2
    assert all(not hotspot.contributions for hotspot in picked)


def test_the_street_with_the_incidents_is_on_top_and_says_why(services: Services) -> None:
    services.incidents.add_incidents(
        [incident(n, 150, 0) for n in range(20)]
        + [incident(100 + n, 250, 0, kind="fight") for n in range(5)]
        + [incident(200, 4_000, 4_000), replace(incident(201, 0, 0), place=None)]
    )
    made = build_map(services, AT)
    top = map_geojson(services, made, 10)["features"]
    assert len(top) == 2
    first = top[0]["properties"]
    assert first["rank"] == 1
    assert first["id"] == made.network.seg_id[at_segment(made, 150, 0)]
    assert first["contributions"] == [{"layer": "incidents", "kind": "theft", "share": 1.0}]
    assert first["evidence"]["incidents"] == 20
    assert first["evidence"]["newest_d"] == 1.0
    assert first["score"] > top[1]["properties"]["score"] > 0


def test_new_incidents_reach_a_warm_map(services: Services) -> None:
    services.incidents.add_incidents([incident(1, 150, 0)])
    before = build_map(services, AT)
    assert before.scores[at_segment(before, 250, 200)] == 0
    services.incidents.add_incidents([incident(2, 250, 200)])
    after = build_map(services, AT)
    assert after.scores[at_segment(after, 250, 200)] > 0


def test_counts_that_arrive_reach_a_warm_map_and_earlier_hours_are_not_read_again(
    services: Services,
) -> None:
    services.cameras.save_cameras(
        [
            Camera("c1", "c1", place(150, 0), "rtsp://h/1"),
            Camera("c2", "c2", place(250, 200), "x:y"),
        ]
    )
    for back in range(7, 57, 7):
        for camera in ("c1", "c2"):
            services.counts.add_counts(counts(camera, AT - timedelta(days=back), 2.0), 1)
    services.counts.add_counts(counts("c1", AT, 30.0), 1)
    before = build_map(services, AT)
    first, second = at_segment(before, 150, 0), at_segment(before, 250, 200)
    assert before.scores[first] > before.scores[second] == 0
    # What is usual is kept: the map is the same when the hours it came from are gone.
    services.counts.drop_before(AT - timedelta(hours=2))
    services.counts.add_counts(counts("c2", AT, 30.0), 1)
    after = build_map(services, AT)
    assert after.scores[first] == before.scores[first]
    assert after.scores[second] == pytest.approx(after.scores[first])
    # A process that begins now knows of no usual hour.
    assert not build_map(services, AT + timedelta(minutes=20)).scores[[first, second]].any()


def test_weights_move_the_map_without_being_applied(services: Services) -> None:
    services.incidents.add_incidents(
        [incident(n, 150, 0) for n in range(5)] + [incident(9, 250, 0, kind="fight")]
    )
    heavy = merge_weights(present_weights(services).hotspots, {"kinds": {"fight": {"weight": 50}}})
    tried = build_map(services, AT, weights=heavy)
    assert tried.scores.argmax() == at_segment(tried, 250, 0)
    now = build_map(services, AT)
    assert now.scores.argmax() == at_segment(now, 150, 0)


def test_what_patrols_found_themselves_does_not_feed_the_map(services: Services) -> None:
    found = [replace(incident(n, 150, 0), source=Source.PATROL) for n in range(20)]
    services.incidents.add_incidents([*found, incident(50, 250, 0)])
    made = build_map(services, AT)
    assert made.scores[at_segment(made, 150, 0)] == 0
    assert made.scores[at_segment(made, 250, 0)] > 0


def test_an_excluded_point_does_not_count(services: Services) -> None:
    services.incidents.add_incidents([incident(n, 150, 0) for n in range(20)])
    services.incidents.add_incidents([incident(50, 250, 0)])
    build_map(services, AT)
    ExclusionStore(services.db).save_points([ExcludedPoint(place(150, 0), 20.0, "HQ", AT)])
    made = build_map(services, AT)
    assert made.scores[at_segment(made, 150, 0)] == 0
    assert made.scores[at_segment(made, 250, 0)] > 0


def test_the_evening_map_favors_the_places_of_the_evening(services: Services) -> None:
    evening = [incident(n, 150, 0, time=AT - timedelta(days=7 * (1 + n % 8))) for n in range(16)]
    morning = [
        incident(100 + n, 250, 0, time=AT - timedelta(days=7 * (1 + n % 8), hours=12))
        for n in range(16)
    ]
    services.incidents.add_incidents(evening + morning)
    made = build_map(services, AT)
    first, second = at_segment(made, 150, 0), at_segment(made, 250, 0)
    assert made.scores[first] > 2 * made.scores[second]
    assert made.hour_weights[second, 8] > 2 * made.hour_weights[first, 8]


def school(kind: SiteKind = SiteKind.SCHOOL) -> KeySite:
    return KeySite(
        id="S1",
        name="一中",
        kind=kind,
        place=place(150, 10),
        windows=(Window(time(20), time(21)),),
    )


def test_key_sites_are_all_planned_for_even_where_they_are_more_than_the_count(
    services: Services,
) -> None:
    sites = [replace(school(), id=f"S{n}", place=place(100 + 50 * n, 10)) for n in range(3)]
    services.sites.save_sites(sites)
    picked = pick_hotspots(build_map(services, AT), 2, seed=1)
    assert {hotspot.site_id for hotspot in picked} == {"S0", "S1", "S2"}


@pytest.mark.parametrize("kind", [SiteKind.SCHOOL, SiteKind.HOSPITAL, SiteKind.WORSHIP])
def test_schools_hospitals_and_worship_are_hotspots_and_take_nothing_from_incidents(
    services: Services, kind: SiteKind
) -> None:
    services.incidents.add_incidents([incident(n, 150, 0) for n in range(9)])
    services.sites.save_sites([school(kind)])
    made = build_map(services, AT)
    site, *others = pick_hotspots(made, 5, seed=1)
    assert (site.site_id, site.name) == ("S1", "一中")
    assert [(part.layer, part.kind) for part in site.contributions] == [("sites", kind.value)]
    assert site.hour_weights[20] > 0
    assert site.hour_weights[21] == 0
    assert others[0].segment == site.segment  # the street itself still counts its incidents
    services.sites.save_sites([school(SiteKind.MARKET)])
    market, *rest = pick_hotspots(build_map(services, AT), 5, seed=1)
    assert {part.layer for part in market.contributions} == {"incidents", "sites"}
    assert all(hotspot.segment != market.segment for hotspot in rest)


def test_a_town_below_its_target_weighs_more(services: Services) -> None:
    west, south = lonlat(-500, -500)
    east, north = lonlat(260, 1_000)
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    services.towns.save_towns([Town("T1", "西镇", ((ring,),))])
    services.surveys.save_answers(
        [
            SurveyAnswer("T1", date(2024, 3, 31), 400, 240),
            SurveyAnswer("T1", date(2024, 9, 30), 400, 400),  # not known yet
        ]
    )
    made = build_map(services, AT)
    inside, outside = at_segment(made, 150, 100), at_segment(made, 450, 100)
    assert made.scores[inside] > 0
    assert made.scores[outside] == 0
    assert map_geojson(services, made, 1)["features"][0]["properties"]["town_id"] == "T1"


def test_a_campaign_lifts_its_kind_between_its_days_only(services: Services) -> None:
    services.incidents.add_incidents(
        [incident(n, 150, 0) for n in range(5)] + [incident(9, 250, 0, kind="fight")]
    )
    services.campaigns.save_campaigns(
        [
            Campaign(
                id="C1",
                name="夏季行动",
                first=date(2024, 6, 1),
                last=date(2024, 6, 30),
                factor=8.0,
                incident_kinds=frozenset({"fight"}),
            )
        ]
    )
    during, after = build_map(services, AT), build_map(services, AT + timedelta(days=40))
    assert during.scores.argmax() == at_segment(during, 250, 0)
    assert after.scores.argmax() == at_segment(after, 150, 0)


def counts(camera_id: str, end: datetime, per_minute: float) -> list[Count]:
    return [
        Count(
            camera_id,
            "gate",
            end - timedelta(minutes=minute + 1),
            60,
            ObjectClass.OBJECT,
            "left_to_right",
            per_minute,
        )
        for minute in range(60)
    ]


def test_a_camera_above_its_usual_level_lifts_its_street_now(services: Services) -> None:
    services.cameras.save_cameras(
        [
            Camera("K1", "K1", place(150, 5), "rtsp://10.0.0.5/1"),
            Camera("K2", "K2", place(250, 205), "rtsp://10.0.0.6/1"),
        ]
    )
    for week in range(1, 6):
        end = AT - timedelta(days=7 * week)
        services.counts.add_counts(counts("K1", end, 2) + counts("K2", end, 2), 1)
    services.counts.add_counts(counts("K1", AT, 9) + counts("K2", AT, 2), 1)
    made = build_map(services, AT)
    assert made.scores[at_segment(made, 150, 0)] > 0
    assert made.scores[at_segment(made, 250, 200)] == 0
    assert made.hour_weights[at_segment(made, 150, 0), 5] == 0


def test_a_gap_in_a_feed_is_a_gap_on_the_map_and_no_quiet_street(services: Services) -> None:
    services.cameras.save_cameras(
        [
            Camera("K1", "K1", place(150, 5), "rtsp://10.0.0.5/1"),
            Camera("K2", "K2", place(250, 205), "rtsp://10.0.0.6/1"),
            Camera("K3", "K3", place(350, 205), "rtsp://10.0.0.7/1"),
        ]
    )
    for week in range(1, 6):
        end = AT - timedelta(days=7 * week)
        # Away half of the time in earlier weeks: what is usual does not fall by that.
        services.counts.add_counts(counts("K1", end, 2)[::2] + counts("K2", end, 2), 1)
    # As busy as usual; busy in the twenty minutes that were watched; hardly watched at all.
    services.counts.add_counts(
        counts("K1", AT, 2) + counts("K2", AT, 9)[:20] + counts("K3", AT, 99)[:5], 1
    )
    made = build_map(services, AT)
    assert made.scores[at_segment(made, 150, 0)] == 0
    assert made.scores[at_segment(made, 250, 200)] > 0
    assert made.scores[at_segment(made, 350, 200)] == 0


def test_hotspots_are_those_of_the_hours_asked_for(services: Services) -> None:
    evening = [incident(n, 150, 0, time=AT - timedelta(days=7 * (1 + n % 8))) for n in range(9)]
    morning = [
        incident(100 + n, 250, 0, time=AT - timedelta(days=7 * (1 + n % 8), hours=12))
        for n in range(9)
    ]
    services.incidents.add_incidents(evening + morning)
    made = build_map(services, AT)
    by_day, *_ = pick_hotspots(made, 3, seed=1, hours=range(6, 10))
    by_night, *_ = pick_hotspots(made, 3, seed=1, hours=range(18, 22))
    assert by_day.segment == at_segment(made, 250, 0)
    assert by_night.segment == at_segment(made, 150, 0)


def test_a_mark_adds_weight_at_its_place_until_it_ends(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    lon, lat = lonlat(150, 0)
    words = ["--config", str(services.config_path), "hotspots", "mark", "fair", "--at"]
    days = ["--from", "2024-06-01", "--to", "2024-06-05", "--reason", "庙会"]
    assert run([*words, f"{lon},{lat}", "--radius", "60", *days]) == 0
    during = build_map(services, AT)
    assert during.scores.argmax() == at_segment(during, 150, 0)
    (top, *_) = map_geojson(services, during, 1)["features"]
    assert [part["layer"] for part in top["properties"]["contributions"]] == ["marks"]
    assert not build_map(services, AT + timedelta(days=5)).scores.any()
    capsys.readouterr()
    assert run([*words, "here", *days]) == 2
    assert "a place must be LON,LAT such as 113.5,22.5, got 'here'" in capsys.readouterr().err
    assert run([*words, "1,2", *days[:4], "--reason", " "]) == 2
    assert "reason must not be empty" in capsys.readouterr().err


def test_discoveries_count_less_where_patrols_were(services: Services) -> None:
    found = [replace(incident(n, 150, 0), source=Source.PATROL) for n in range(9)]
    found += [replace(incident(50 + n, 250, 200), source=Source.PATROL) for n in range(9)]
    services.incidents.add_incidents(found)
    segment = build_map(services, AT).network.seg_id[at_segment(build_map(services, AT), 150, 0)]
    services.passes.add_passes(
        [
            Pass(
                "F01",
                segment,
                AT - timedelta(days=day),
                AT - timedelta(days=day, minutes=-12),
                True,
            )
            for day in range(1, 22)
        ]
    )
    corrected = merge_weights(present_weights(services).hotspots, {"correct_patrol": True})
    made = build_map(services, AT, weights=corrected)
    often, never = at_segment(made, 150, 0), at_segment(made, 250, 200)
    assert made.scores[often] == pytest.approx(0.25 * made.scores[never], rel=0.1)
    assert made.scores[often] > 0


def test_exposure_tells_hours_by_town_and_warns(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    rings = []
    for west_m in (-50, 160):
        west, south = lonlat(west_m, -50)
        east, north = lonlat(west_m + 205, 600)
        rings.append(((west, south), (east, south), (east, north), (west, north), (west, south)))
    services.towns.save_towns(
        [Town("T1", "西镇", ((rings[0],),), 1_000), Town("T2", "东镇", ((rings[1],),), 10_000)]
    )
    made = build_map(services, AT)
    names = {
        town: made.network.seg_id[at_segment(made, x_m, 100)]
        for town, x_m in (("T1", 50), ("T2", 250))
    }
    start = datetime(2024, 6, 1, 2, tzinfo=UTC)
    earlier = start - timedelta(days=3)
    services.passes.add_passes(
        [
            Pass("F01", names["T1"], start, start + timedelta(hours=2), True),
            Pass("F01", names["T1"], earlier, earlier + timedelta(hours=1), True),
            Pass("F02", names["T2"], start, start + timedelta(hours=1), False),
        ]
    )
    words = ["--config", str(services.config_path), "hotspots", "exposure"]
    assert run([*words, "--from", "2024-06-01", "--to", "2024-06-05", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    by_town = {row["town_id"]: row for row in told["towns"]}
    assert by_town["T1"]["hours"] == pytest.approx(2.0)
    assert by_town["T1"]["per_1000_residents"] == pytest.approx(2.0)
    assert by_town["T1"]["change_share"] == pytest.approx(1.0)
    assert by_town["T2"]["per_1000_residents"] == pytest.approx(0.1)
    assert told["spread"]["per_1000_residents"]["gini"] == pytest.approx(0.4524, abs=0.01)
    assert run([*words, "--from", "2024-06-05", "--to", "2024-06-05"]) == 2
    assert "must end after its start" in capsys.readouterr().err
    assert run([*words, "--quarter", "2024Q2", "--from", "2024-06-05"]) == 2
    assert "give either --quarter, or both --from and --to" in capsys.readouterr().err
    assert run([*words, "--quarter", "2024Q2"]) == 0
    assert "西镇: 3.0 h; 3.00 h per 1,000 residents" in capsys.readouterr().out


def test_exposure_warns_where_the_set_limit_is_passed(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    west, south = lonlat(-50, -50)
    east, north = lonlat(1_200, 1_200)
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    far = tuple((lon + 1.0, lat) for lon, lat in ring)
    services.towns.save_towns(
        [
            Town("T1", "西镇", ((ring,),), 1_000),
            Town("T2", "东镇", ((far,),), 1_000),
            Town("T3", "北镇", ((tuple((lon + 2.0, lat) for lon, lat in ring),),), 1_000),
        ]
    )
    for number, town in enumerate(("T1", "T2", "T3")):
        site = KeySite(f"S{number}", town, SiteKind.MARKET, place(100, 100), town_id=town)
        services.sites.save_sites([site])
        start = datetime(2024, 6, 1, 2 + number, tzinfo=UTC)
        length = timedelta(hours=25 if town == "T1" else 10)
        services.passes.add_passes([Pass("F01", f"site:S{number}", start, start + length, True)])
    services.config_path.write_text(f"{CONFIG}  exposure_ratio: 2.0\n", encoding="utf-8")
    words = ["--config", str(services.config_path), "hotspots", "exposure", "--json"]
    assert run([*words, "--from", "2024-05-01", "--to", "2024-07-01"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["limit_ratio"] == 2.0
    assert told["alarms"] == [
        {"measure": "per_1000_residents", "town_id": "T1", "name": "西镇", "ratio": 2.5}
    ]
    assert told["warnings"] == ["hours per 1,000 residents: 西镇 has 2.5 times the median"]


def test_a_running_quarter_ends_now_and_is_compared_by_day() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    period = quarter_period("2024Q1", zone, datetime(2024, 2, 15, tzinfo=UTC))
    assert period.start == datetime(2024, 1, 1, tzinfo=zone)
    assert period.end == datetime(2024, 2, 15, tzinfo=UTC)
    assert period.before_start == datetime(2023, 10, 1, tzinfo=zone)
    half = TownExposure("T1", "西镇", 10.0, 20.0, None, 0, length_ratio=0.5)
    assert half.change_share == pytest.approx(0.0)
    assert quarter_name(datetime(2024, 3, 31, 17, tzinfo=UTC), zone) == "2024Q2"
    with pytest.raises(InputError, match="has not begun"):
        quarter_period("2024Q3", zone, AT)
    with pytest.raises(InputError, match="must be given as 2026Q4, got '2024Q5'"):
        quarter_period("2024Q5", zone, AT)


def test_every_score_says_how_certain_it_is(services: Services) -> None:
    services.incidents.add_incidents([incident(n, 150, 0) for n in range(60)])
    services.incidents.add_incidents([incident(100 + n, 350, 200) for n in range(3)])
    services.sites.save_sites([replace(school(SiteKind.MARKET), place=place(550, 410))])
    made = build_map(services, AT)
    features = {
        one["properties"]["id"]: one["properties"]
        for one in map_geojson(services, made, 200)["features"]
    }

    def told(x_m: float, y_m: float) -> dict[str, Any]:
        found: dict[str, Any] = features[made.network.seg_id[at_segment(made, x_m, y_m)]]
        return found

    busy, quiet = told(150, 0), told(350, 200)
    assert busy["evidence"]["certainty"] == "high"
    assert busy["evidence"]["effective"] == pytest.approx(60, rel=0.05)
    assert quiet["evidence"]["certainty"] == "low"
    for one in (busy, quiet):
        evidence = one["evidence"]
        assert evidence["score_low"] < one["score"] < evidence["score_high"]
    market = next(one for one in features.values() if one["contributions"][0]["layer"] == "sites")
    assert market["evidence"]["certainty"] == "set"


def test_build_writes_geojson_and_says_what_it_did(
    services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services.incidents.add_incidents([incident(n, 150, 0) for n in range(3)])
    out = tmp_path / "hotspots.geojson"
    words = ["--config", str(services.config_path), "hotspots", "build", "--out", str(out)]
    assert run([*words, "--at", "2024-06-03T20:00", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["hotspots"] == 1
    collection = json.loads(out.read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    assert collection["properties"]["at"] == "2024-06-03T20:00:00+08:00"
    assert run([*words, "--at", "evening"]) == 2
    assert "--at must be a time such as 2024-05-01T20:00, got 'evening'" in capsys.readouterr().err
    missing = ["--config", str(services.config_path), "hotspots", "build"]
    assert run([*missing, "--at", "2024-06-03", "--out", str(tmp_path / "no" / "x.geojson")]) == 4
    assert "cannot be written" in capsys.readouterr().err


def backtest_words(services: Services, *words: str) -> list[str]:
    days = ["--from", "2024-04-01", "--to", "2024-05-06"]
    return ["--config", str(services.config_path), "hotspots", "backtest", *days, *words]


def test_a_backtest_prints_the_contract_and_is_kept(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(3)
    services.incidents.add_incidents(
        [
            incident(
                n,
                float(rng.choice([50, 150, 150, 150, 250, 350])),
                float(rng.choice([0, 100, 200, 200])),
                time=datetime(2024, 1, 1, tzinfo=UTC)
                + timedelta(hours=int(rng.integers(0, 3_000))),
                kind=str(rng.choice(["theft", "fight"])),
            )
            for n in range(900)
        ]
    )
    for unit in ("cell:150", "segment"):
        assert run(backtest_words(services, "--unit", unit, "--json")) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["unit"], told["weeks"]) == (unit, 5)
        assert told["incidents"] > 100
        for part in ("hit_rate", "pai", "pei", "ci95"):
            assert set(told[part]) == {"0.01", "0.05", "0.1"}
        assert {"kde", "decayed_counts", "published"} == set(told["baselines"])
        assert set(told["by_kind"]) == {"theft", "fight"}
        assert set(told["by_shift"]) == {"day", "evening", "night"}
        for parts in (told["by_kind"], told["by_shift"]):
            assert sum(part["incidents"] for part in parts.values()) == told["incidents"]
        for rival in told["baselines"].values():
            for difference in rival["difference"].values():
                low, high = difference["ci95"]
                assert (difference["verdict"] == "better") == (low > 0)
                assert (difference["verdict"] == "worse") == (high < 0)
    assert len(BacktestStore(services.db).list_backtests()) == 2
    assert run(backtest_words(services, "--kind", "theft")) == 0
    out = capsys.readouterr().out
    assert "top 1%" in out
    assert re.search(r"shift night, \d+ incidents: 1%: .*decayed counts .*not shown", out)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--unit", "hexagon"], "--unit must be segment or cell:METERS such as cell:150"),
        (["--unit", "cell:9"], r"cell side must be in [50, 1000] m, got 9"),
        (["--kind", "piracy"], "no incident of kind 'piracy'; the kinds are: theft"),
        (["--to", "2024-04-05"], "at least one whole week"),
        (["--train-from", "2024-05-01"], "--train-from must be before --from 2024-04-01"),
        (["--from", "spring"], "--from must be a day such as 2024-05-01, got 'spring'"),
    ],
)
def test_a_backtest_that_cannot_be_says_why(
    services: Services, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    services.incidents.add_incidents([incident(n, 150, 0) for n in range(60)])
    assert run(backtest_words(services, *words)) == 2
    assert message in capsys.readouterr().err


def test_cells_need_no_streets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    with opened(path) as bare:
        bare.incidents.add_incidents([incident(n, 150, 0) for n in range(60)])
        assert run(backtest_words(bare, "--json")) == 0
        assert json.loads(capsys.readouterr().out)["area_km2"] == pytest.approx(0.0225)
        assert run(backtest_words(bare, "--unit", "segment")) == 2
        assert "patrol import streets FILE" in capsys.readouterr().err


def test_incidents_that_come_in_are_read_alone_and_give_the_same_arrays(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.incidents.add_incidents([incident(n, 150, 0) for n in range(40)])
    network, zone = services.streets.get_network(), services.config.county.zone
    asked: list[datetime | None] = []
    read = services.incidents.columns

    def counted(since: datetime | None = None, until: datetime | None = None) -> IncidentColumns:
        asked.append(since)
        return read(since, until)

    monkeypatch.setattr(services.incidents, "columns", counted)
    kept = KeptIncidents()

    def check_against_a_fresh_look() -> None:
        fresh = KeptIncidents()
        columns = fresh.refresh(services.incidents, network, 60.0, zone)
        asked.pop()
        out = np.zeros(len(columns.ids), dtype=bool)
        mine, theirs = kept.events(out), fresh.events(out)
        assert mine.kinds == theirs.kinds
        for name in ("time_s", "unit", "hour", "kind", "source"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name), err_msg=name)

    kept.refresh(services.incidents, network, 60.0, zone)
    kept.refresh(services.incidents, network, 60.0, zone)
    assert asked == [None]
    # A kind whose name comes first moves the numbers of all others.
    late = incident(90, 350, 200, time=AT + timedelta(hours=1), kind="arson")
    services.incidents.add_incidents([late])
    kept.refresh(services.incidents, network, 60.0, zone)
    assert asked[1:] == [AT - timedelta(days=1) + timedelta(microseconds=1)]
    check_against_a_fresh_look()
    # One that happened long ago cannot be put behind the others.
    services.incidents.add_incidents([incident(91, 50, 0, time=AT - timedelta(days=400))])
    kept.refresh(services.incidents, network, 60.0, zone)
    assert asked[2:] == [None]
    check_against_a_fresh_look()
