"""Every subject of the API as a page uses it, on a small county."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest

from patrol.model.place import Place
from patrol.model.plan import PlanStatus, Verdict
from patrol.model.unit import UnitStatus
from patrol.usecase import access
from patrol.web.nearest_book import NearestBook
from patrol.web.tiles import to_mercator
from tests.integration.web.county import DING, HOTSPOT, OU, PING, House, make_plan
from tests.networks import place


def tile_of(here: Place, zoom: int = 14) -> str:
    x, y = to_mercator(np.array([here.lon]), np.array([here.lat]))
    return f"/tiles/{zoom}/{int(x[0] * 2**zoom)}/{int(y[0] * 2**zoom)}.mvt"


TILE = tile_of(place(500, 500))


def test_me_and_county_tell_a_page_what_it_needs(house: House) -> None:
    session = house.sign_in(DING)
    me = session.get("/api/v1/me").json
    assert (me["name"], me["role"], me["ok"]) == ("ding", "dispatcher", True)
    assert "incident.dispatch" in me["permissions"]
    county = session.get("/api/v1/county").json
    assert county["timezone"] == "Asia/Shanghai"
    assert county["shifts"][0] == {"name": "day", "start": "08:00", "end": "16:00"}
    west, south, east, north = county["bbox"]
    assert west < east
    assert south < north


def test_towns_are_geojson(house: House) -> None:
    towns = house.sign_in(DING).get("/api/v1/towns").json
    assert towns["type"] == "FeatureCollection"
    assert towns["features"][0]["properties"]["name"] == "东镇"


def test_large_answers_are_asked_about_again_and_packed(house: House) -> None:
    session = house.sign_in(DING)
    first = session.get("/api/v1/plans/p1")
    again = session.get("/api/v1/plans/p1", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    assert "private" in first.headers["Cache-Control"]
    packed = session.get(TILE, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    plain = session.get(TILE, headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(packed.data) == plain.data


def test_tiles_hold_streets_and_towns(house: House) -> None:
    session = house.sign_in(OU)
    answer = session.get(TILE, headers={"Accept-Encoding": "identity"})
    layers = mapbox_vector_tile.decode(answer.data)
    assert layers["streets"]["features"][0]["properties"]["class"] == "residential"
    assert layers["towns"]["features"][0]["properties"]["name"] == "东镇"


@pytest.mark.parametrize("path", ["/tiles/17/0/0.mvt", "/tiles/2/4/0.mvt"])
def test_tiles_that_do_not_exist_are_refused_with_the_range(house: House, path: str) -> None:
    answer = house.sign_in(DING).get(path)
    assert answer.status_code == 400
    assert "must be in [0," in answer.json["error"]


def test_hotspots_and_preview_answer_with_reasons(house: House) -> None:
    services = house.services
    session = house.sign_in(PING)
    answer = session.get("/api/v1/hotspots?limit=5")
    assert answer.status_code == 200
    assert answer.json["type"] == "FeatureCollection"
    preview = session.post(
        "/api/v1/hotspots/preview", {"hotspots": {"half_life_d": 90}, "limit": 5}
    )
    assert preview.status_code == 200
    assert preview.json["ms"] > 0
    wrong = session.post("/api/v1/hotspots/preview", {"hotspots": {"half_life_d": -3}})
    assert wrong.status_code == 400
    assert "half_life_d" in wrong.json["errors"][0]
    assert services.config.hotspots.half_life_d == "auto"


def test_weights_are_changed_with_a_reason_and_by_one_at_a_time(house: House) -> None:
    session = house.sign_in(PING)
    version = session.get("/api/v1/weights").json["version"]
    body = {"version": version, "hotspots": {"half_life_d": 120.0}, "reason": "shorter memory"}
    made = session.send("PUT", "/api/v1/weights", body)
    assert made.status_code == 200, made.json
    assert made.json["hotspots"]["half_life_d"] == 120.0
    assert made.json["history"][0]["actor"] == "ping"
    late = session.send("PUT", "/api/v1/weights", body)
    assert late.status_code == 409
    back = session.send(
        "POST",
        "/api/v1/weights/rollback",
        {"to_version": 1, "version": made.json["version"], "reason": "undo"},
    )
    assert back.json["hotspots"]["half_life_d"] == "auto"


def test_plans_are_listed_shown_and_taken_along(house: House) -> None:
    ping = house.sign_in(PING)
    assert "p1" in [plan["id"] for plan in ping.get("/api/v1/plans").json["plans"]]
    plan = ping.get("/api/v1/plans/p1").json
    assert plan["routes"][0]["visits"][0]["leg"]["line"]
    geojson = ping.get("/api/v1/plans/p1.geojson").json
    assert {feature["geometry"]["type"] for feature in geojson["features"]} == {
        "LineString",
        "Point",
    }
    gpx = house.sign_in(OU).get("/api/v1/plans/p1/routes/F01.gpx")
    assert gpx.content_type.startswith("application/gpx+xml")
    assert "<gpx" in gpx.text


def test_a_draft_is_for_planners_and_an_officer_gets_the_own_route_only(house: House) -> None:
    house.services.plans.save_plan(make_plan(house.services, "draft"))
    ding, ou, ping = (house.sign_in(person) for person in (DING, OU, PING))
    assert ping.get("/api/v1/plans/draft").status_code == 200
    assert ding.get("/api/v1/plans/draft").status_code == 404
    assert ou.get("/api/v1/plans/draft/routes/F01.gpx").status_code == 404
    assert ou.get("/api/v1/plans/p1/routes/F02.gpx").status_code == 404


def test_a_plan_that_breaks_a_rule_stays_a_draft(house: House) -> None:
    verdict = Verdict(broken=("unit 0: is back at 28846 s, shift ends at 28800 s",), value=1.0)
    plan = replace(make_plan(house.services, "broken"), verdict=verdict)
    house.services.plans.save_plan(plan)
    refused = house.sign_in(PING).post("/api/v1/plans/broken/publish")
    assert refused.status_code == 409
    assert refused.json["errors"] == list(verdict.broken)
    assert house.services.plans.get_plan("broken").status is PlanStatus.DRAFT


def test_a_plan_is_queued_as_a_job_that_can_be_asked_for_and_stopped(house: House) -> None:
    ping = house.sign_in(PING)
    asked = ping.post("/api/v1/plans", {"shift": "day", "date": "2026-11-24", "seconds": 2})
    assert asked.status_code == 202
    job = ping.get(f"/api/v1/jobs/{asked.json['job_id']}").json
    assert job["state"] == "queued"
    stopped = ping.send("DELETE", f"/api/v1/jobs/{asked.json['job_id']}")
    assert stopped.json["state"] == "cancelled"
    assert ping.get("/api/v1/jobs/nothing").status_code == 404
    wrong = ping.post("/api/v1/plans", {"shift": "dusk", "date": "2026-11-24"})
    assert wrong.status_code == 400
    assert "day, evening, night" in wrong.json["error"]


def test_cameras_show_counts_and_neither_address_nor_picture(house: House) -> None:
    session = house.sign_in(DING)
    answer = session.get("/api/v1/cameras")
    (camera,) = answer.json["cameras"]
    # Four in a minute could be told apart: over HTTP such counts are withheld.
    assert camera["last"]["gate"]["value"] is None
    assert camera["state"] == "online"
    assert "rtsp" not in answer.text
    (one,) = session.get("/api/v1/cameras/K1/counts?minutes=10").json["bins"]
    assert (one["rule"], one["class"], one["direction"]) == ("gate", "object", "left_to_right")
    assert session.get("/api/v1/cameras/K9/counts").status_code == 404


def test_nearest_units_are_ranked_by_road(house: House) -> None:
    services, ding = house.services, house.sign_in(DING)
    now_s = services.clock().timestamp()
    for unit_id, x_m in (("F01", 800), ("F02", 210), ("C01", 1000)):
        spot = place(x_m, 200)
        services.board.put_unit(
            {"id": unit_id, "lon": spot.lon, "lat": spot.lat, "time": now_s, "seen": now_s}
        )
    spot = place(200, 200)
    made = ding.post("/api/v1/incidents", {"lon": spot.lon, "lat": spot.lat, "kind": "theft"})
    units = ding.get(f"/api/v1/incidents/{made.json['incident']['id']}/nearest").json["units"]
    assert units[0]["unit_id"] == "F02"
    assert [unit["travel_s"] for unit in units] == sorted(unit["travel_s"] for unit in units)
    # Twice as far, a car is still sooner there than somebody on foot.
    assert [unit["unit_id"] for unit in units] == ["F02", "C01", "F01"]


def test_ranking_is_made_ready_before_the_first_dispatcher_asks(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    book = NearestBook()
    with caplog.at_level("INFO", logger="patrol.web.nearest_book"):
        book.warm(house.services)
    assert caplog.text == ""
    assert book._made is not None
    assert book.ranker(house.services) is book._made[2]


def test_an_officer_checks_in_once_however_often_the_phone_sends_it(house: House) -> None:
    ou = house.sign_in(OU)
    at = datetime.now(UTC).isoformat()
    body = {"hotspot_id": HOTSPOT, "time": at, "key": "c-1"}
    for _ in range(3):
        assert ou.post("/api/v1/my/checkin", body).status_code == 200
    route = ou.get("/api/v1/my/route").json
    assert (route["done"], route["done_index"], route["next_index"]) == ([HOTSPOT], [0], None)
    now = datetime.now(UTC)
    passes = house.services.passes.list_passes(now - timedelta(hours=1), now, "F01")
    assert len(passes) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"hotspot_id": "h9"}, "not on unit F01's route"),
        ({"time": "2026-11-01T00:00:00Z"}, "within the last 24 h"),
        ({"time": "2026-11-01T00:00:00"}, "timezone"),
        ({"key": ""}, "at least 1 character"),
        ({"surprise": 1}, "not permitted"),
    ],
)
def test_a_check_in_that_cannot_be_right_is_refused_with_the_reason(
    house: House, change: dict[str, Any], word: str
) -> None:
    body = {"hotspot_id": HOTSPOT, "time": datetime.now(UTC).isoformat(), "key": "k"} | change
    answer = house.sign_in(OU).post("/api/v1/my/checkin", body)
    assert answer.status_code == 400
    assert word in answer.text


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/api/v1/incidents?active=2", "active must be in [0, 1], got 2"),
        ("/api/v1/incidents?limit=many", "limit must be a whole number, got many"),
        ("/api/v1/hotspots?at=noon", "at must be a time such as"),
        ("/api/v1/hotspots?at=2026-11-23T08:00:00", "must name its zone"),
        ("/api/v1/units/F01/track?minutes=0", "minutes must be in [1, 1440], got 0"),
    ],
)
def test_a_wrong_query_is_told_name_value_and_range(house: House, path: str, word: str) -> None:
    answer = house.sign_in(DING).get(path)
    assert answer.status_code == 400
    assert word in answer.json["error"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"lon":1}', b'{"lon":181,"lat":0,"kind":"x"}', b"\xff\xfe"]
)
def test_a_body_that_is_no_report_is_refused(house: House, body: bytes) -> None:
    session = house.sign_in(DING)
    answer = session.client.post(
        "/api/v1/incidents", data=body, headers={"X-CSRFToken": session.page_token()}
    )
    assert answer.status_code == 400
    assert answer.json["ok"] is False


# ---- positions ----


def fix(**more: Any) -> dict[str, Any]:
    spot = place(150, 100)
    return {"time": datetime.now(UTC).isoformat(), "lon": spot.lon, "lat": spot.lat} | more


def test_an_officers_page_sends_positions_and_bad_rows_refuse_only_themselves(
    untouched_house: House,
) -> None:
    rows = [fix(seq=1), {"lon": 1}, fix(seq=2, heading_deg=400), fix(seq=3, extra=1), "x"]
    answer = untouched_house.sign_in(OU).post("/api/v1/fixes", {"fixes": rows})
    assert answer.status_code == 200
    assert answer.json["kept"] == 1, answer.json
    assert [one["index"] for one in answer.json["refused"]] == [1, 2, 3, 4]
    assert "heading_deg" in answer.json["refused"][1]["error"]


def test_a_device_sends_with_its_token_and_needs_no_page(untouched_house: House) -> None:
    house = untouched_house
    token, secret = access.add_device(house.services, access.CONSOLE, "F02")
    client = house.app.test_client()
    headers = {"Authorization": f"Bearer {secret}"}
    first = fix(seq=1)
    for _ in range(2):
        answer = client.post("/api/v1/fixes", json={"fixes": [first]}, headers=headers)
        assert (answer.status_code, answer.json["kept"]) == (200, 1)
    now = datetime.now(UTC)
    track = house.services.fixes.list_track("F02", now - timedelta(minutes=5), now)
    assert len(track) == 1
    assert "Set-Cookie" not in answer.headers
    assert access.revoke_devices(house.services, access.CONSOLE, "F02") == 1
    assert client.post("/api/v1/fixes", json={"fixes": [first]}, headers=headers).status_code == 401
    assert token.hash not in secret


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer ", "Basic Zm9v", "Digest x", "Bearer " + "x" * 5_000]
)
def test_a_wrong_token_is_401(house: House, header: str) -> None:
    answer = house.app.test_client().post(
        "/api/v1/fixes", json={"fixes": [fix()]}, headers={"Authorization": header}
    )
    assert answer.status_code == 401


def test_osmand_forms_are_kept_with_measures_converted(untouched_house: House) -> None:
    house = untouched_house
    _, secret = access.add_device(house.services, access.CONSOLE, "F01")
    client = house.app.test_client()
    spot = place(160, 100)
    now = datetime.now(UTC)
    form = {
        "id": "356938035643809",
        "timestamp": str(int(now.timestamp() * 1000)),
        "lat": str(spot.lat),
        "lon": str(spot.lon),
        "speed": "10",
        "bearing": "90",
        "batt": "55",
    }
    answer = client.post("/ingest/osmand", data=form, auth=("356938035643809", secret))
    assert answer.status_code == 200
    kept = house.services.fixes.find_newest("F01")
    assert kept is not None
    assert kept.speed_mps == pytest.approx(5.14, abs=0.01)
    assert kept.battery_share == pytest.approx(0.55)
    other = client.post("/ingest/osmand", data=form | {"id": "1"}, auth=("1", secret))
    assert other.status_code == 403
    assert client.post("/ingest/osmand", data=form).status_code == 401


@pytest.mark.parametrize(
    "body", [{}, {"fixes": []}, {"fixes": {}}, {"fixes": [fix()] * 1_001}, [], "x"]
)
def test_a_body_without_positions_is_refused(house: House, body: Any) -> None:
    answer = house.sign_in(OU).post("/api/v1/fixes", body)
    assert answer.status_code == 400
    assert "1 to 1000 positions" in answer.json["error"]


def test_nothing_is_accepted_from_a_unit_that_is_off_shift(house: House) -> None:
    services, ou = house.services, house.sign_in(OU)
    before = services.fixes.count()
    services.units.save_status("F01", UnitStatus.OFF, datetime.now(UTC) - timedelta(hours=1))
    try:
        answer = ou.post("/api/v1/fixes", {"fixes": [fix()]})
        assert answer.json["kept"] == 0
        assert len(answer.json["refused"]) == 1
        assert services.fixes.count() == before
    finally:
        ou.post("/api/v1/my/status", {"status": "patrol"})


def test_an_officer_says_what_the_unit_is_doing(house: House) -> None:
    ou = house.sign_in(OU)
    for status in ("break", "off", "patrol"):
        assert ou.post("/api/v1/my/status", {"status": status}).json["status"] == status
        assert house.services.units.get_status("F01").value == status
    assert ou.post("/api/v1/my/status", {"status": "enroute"}).status_code == 400
