"""Taking cameras over from a gateway: what is new, changed and gone, and only what one picks."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from patrol.model.camera import Camera
from tests.integration.camera.gateway_server import KEY, GatewayServer, gateway_server
from tests.integration.web.county import PING, House, Session, opened_house
from tests.networks import place

HERE = place(500, 500)
CODE = "4401060000131000000{}"


def channel(number: int, name: str, *, placed: bool = True) -> dict[str, Any]:
    """A channel as WVP-PRO tells it."""
    row: dict[str, Any] = {
        "gbId": number,
        "gbDeviceId": CODE.format(number),
        "gbName": name,
        "gbStatus": "ON",
    }
    return row | ({"gbLongitude": HERE.lon, "gbLatitude": HERE.lat} if placed else {})


@pytest.fixture
def gateway() -> Iterator[GatewayServer]:
    with gateway_server() as server:
        server.channels = [channel(1, "东门"), channel(2, "西门"), channel(3, "暗处", placed=False)]
        yield server


@pytest.fixture
def house(
    gateway: GatewayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    monkeypatch.setenv("PATROL_SECRET_WVP", KEY)
    entry = {"name": "county", "kind": "wvp", "url": gateway.url, "secret": "wvp"}
    with opened_house(tmp_path, cameras={"gateways": [entry]}) as opened:
        yield opened


@pytest.fixture
def ping(house: House) -> Session:
    return house.sign_in(PING)


def findings(ping: Session) -> dict[str, dict[str, Any]]:
    answer = ping.get("/api/v1/gateways/county/channels")
    assert answer.status_code == 200, answer.text
    assert KEY not in answer.text
    return {one["name"]: one for one in answer.json["channels"]}


def take(ping: Session, *keys: str) -> dict[str, Any]:
    answer = ping.post("/api/v1/gateways/county/take", {"keys": list(keys)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_only_what_is_picked_is_taken_over_with_its_town(house: House, ping: Session) -> None:
    assert ping.get("/api/v1/gateways").json["gateways"] == ["county"]
    found = findings(ping)
    assert {name: one["finding"] for name, one in found.items()} == dict.fromkeys(
        ("东门", "西门", "暗处"), "new"
    )
    assert [found[name]["takeable"] for name in ("东门", "暗处")] == [True, False]
    done = take(ping, found["东门"]["key"], found["暗处"]["key"])
    assert done["added"] == [CODE.format(1)]
    assert "tells no place" in done["failed"][0]
    camera = house.services.cameras.get_camera(CODE.format(1))
    assert (camera.name, camera.town_id) == ("东门", "T1")
    assert camera.url == f"gb28181://county/{CODE.format(1)}"
    assert findings(ping)["东门"]["finding"] == "same"


def test_a_new_name_is_a_change_and_what_was_drawn_here_stays(
    house: House, ping: Session, gateway: GatewayServer
) -> None:
    take(ping, findings(ping)["东门"]["key"])
    camera = house.services.cameras.get_camera(CODE.format(1))
    house.services.cameras.save_cameras([replace(camera, tags=("入口",), heading_deg=70.0)])
    gateway.channels[0]["gbName"] = "新东门"
    one = findings(ping)["新东门"]
    assert (one["finding"], one["fields"], one["was"]) == ("changed", ["name"], "东门")
    assert take(ping, one["key"])["changed"] == [camera.id]
    after = house.services.cameras.get_camera(camera.id)
    assert (after.name, after.tags, after.heading_deg) == ("新东门", ("入口",), 70.0)
    assert house.services.audit.list(1)[0].entry.action == "camera.synced"


def test_what_is_gone_is_switched_off_and_stays_with_its_counts(
    house: House, ping: Session, gateway: GatewayServer
) -> None:
    take(ping, findings(ping)["西门"]["key"])
    del gateway.channels[1]
    one = findings(ping)["西门"]
    assert one["finding"] == "gone"
    assert take(ping, one["key"])["disabled"] == [CODE.format(2)]
    assert house.services.cameras.get_camera(CODE.format(2)).enabled is False
    assert "西门" not in findings(ping)


def test_a_gateway_that_is_away_or_unknown_is_said_plainly(
    house: House, ping: Session, gateway: GatewayServer
) -> None:
    gateway.raw = b"<html>"
    answer = ping.get("/api/v1/gateways/county/channels")
    assert answer.status_code == 409
    assert "the answer is no JSON" in answer.text
    assert ping.get("/api/v1/gateways/nobody/channels").status_code == 400
    other = Camera("K8", "x", HERE, "gb28181://nobody/1")
    assert other.url not in {camera.url for camera in house.services.cameras.list_cameras()}
    body = {"id": "K8", "name": "x", "lon": HERE.lon, "lat": HERE.lat, "url": other.url}
    assert "cameras.gateways has no 'nobody'" in ping.post("/api/v1/cameras", body).text
