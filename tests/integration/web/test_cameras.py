"""The inventory of cameras over HTTP: added, changed, drawn on, exported; secrets never shown."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from patrol.bus.stream import START
from patrol.model.camera import Count, ObjectClass
from patrol.model.event import EventKind
from tests.integration.web.county import ADA, DING, PING, SU, House, Session
from tests.networks import place

HERE = place(500, 500)
BODY: dict[str, Any] = {
    "id": "K2",
    "name": "北门",
    "lon": HERE.lon,
    "lat": HERE.lat,
    "url": "rtsp://10.0.0.7/sub",
    "owner": "school",
    "secret": "gate",
    "heading_deg": 90,
    "fov_deg": 60,
    "range_m": 40,
    "schedule": "07:00-19:00",
    "tags": ["入口", "学校"],
    "width_px": 640,
    "height_px": 480,
}
CROWD = {
    "name": "square",
    "kind": "crowding",
    "points": [[0, 0], [100, 0], [100, 100]],
    "over": 12,
    "lasting_s": 30,
}


@pytest.fixture
def ping(house: House) -> Session:
    return house.sign_in(PING)


_numbers = itertools.count(100)


def add(session: Session, **fields: Any) -> dict[str, Any]:
    """A camera of the test's own: the county is shared by the tests of this file."""
    answer = session.post("/api/v1/cameras", BODY | {"id": f"N{next(_numbers)}"} | fields)
    assert answer.status_code == 201, answer.text
    camera: dict[str, Any] = answer.json["camera"]
    return camera


def changed(camera: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A camera as the page sends it back, with other fields."""
    names = (set(BODY) - {"id"}) | {"digest", "enabled"}
    return {name: camera[name] for name in names} | fields


def test_a_new_camera_gets_its_town_is_told_of_and_is_audited(house: House, ping: Session) -> None:
    answer = ping.post("/api/v1/cameras", BODY)
    assert answer.status_code == 201, answer.text
    camera = answer.json["camera"]
    assert camera["town_id"] == "T1"
    assert (camera["schedule"], camera["tags"]) == ("07:00-19:00", ["入口", "学校"])
    assert "PATROL_SECRET_GATE" in answer.json["warnings"][0]
    told = [e.data for e in house.services.stream.read(START) if e.kind is EventKind.CAMERA_CHANGED]
    assert {"camera_id": "K2"} in told
    newest = house.services.audit.list(1)[0].entry
    assert (newest.actor, newest.action, newest.object) == ("ping", "camera.added", "K2")
    assert newest.after == camera["digest"]
    assert ping.post("/api/v1/cameras", BODY).status_code == 409


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("url", "rtsp://user:hunter2@10.0.0.7/sub", "must not carry a user or password"),
        ("url", "rtsp://8.8.8.8/sub", "allowed_networks"),
        ("url", "file:///etc/passwd", "file"),
        ("url", "gopher://10.0.0.7/", "scheme"),
        ("heading_deg", 400, "heading_deg"),
        ("range_m", 0, "range_m"),
        ("schedule", "7-19", "windows"),
        ("secret", "admin:hunter2", "must be the name"),
        ("id", "../K2", "id"),
        ("picture", "data:image/png;base64,xx", "picture"),
    ],
)
def test_what_no_camera_may_have_is_refused_and_never_repeated(
    ping: Session, field: str, value: object, said: str
) -> None:
    answer = ping.post("/api/v1/cameras", BODY | {"id": "refused"} | {field: value})
    assert answer.status_code == 400, answer.text
    assert said in answer.text
    assert "hunter2" not in answer.text


def test_of_two_who_edit_one_camera_the_second_is_told(ping: Session) -> None:
    camera = add(ping)
    path = f"/api/v1/cameras/{camera['id']}"
    first = ping.send("PUT", path, changed(camera, name="南门"))
    assert first.status_code == 200, first.text
    second = ping.send("PUT", path, changed(camera, name="东门"))
    assert second.status_code == 409
    assert ping.get(path).json["camera"]["name"] == "南门"


def test_rules_are_drawn_and_stay_when_the_rest_is_edited(ping: Session) -> None:
    camera = add(ping)
    path = f"/api/v1/cameras/{camera['id']}"
    drawn = ping.send(
        "PUT",
        f"{path}/rules",
        {"digest": camera["digest"], "rules": [CROWD], "width_px": 1280, "height_px": 720},
    ).json["camera"]
    assert drawn["rules"] == [CROWD]
    assert (drawn["width_px"], drawn["height_px"]) == (1280, 720)
    after = ping.send("PUT", path, changed(drawn, name="南门")).json["camera"]
    assert (after["name"], after["rules"]) == ("南门", [CROWD])
    bad = {**CROWD, "kind": "faces"}
    body = {"digest": after["digest"], "rules": [bad]}
    answer = ping.send("PUT", f"{path}/rules", body)
    assert answer.status_code == 400
    assert "kind must be one of" in answer.text


def test_switching_off_twice_changes_once(house: House, ping: Session) -> None:
    camera = add(ping)
    for _ in range(2):
        answer = ping.post(f"/api/v1/cameras/{camera['id']}/switch", {"enabled": False})
        assert answer.json["camera"]["state"] == "disabled"
    lines = [
        line.entry for line in house.services.audit.list(10) if line.entry.object == camera["id"]
    ]
    assert [entry.action for entry in lines] == ["camera.disabled", "camera.added"]


def test_who_only_looks_sees_no_address_and_no_secret(house: House, ping: Session) -> None:
    path = f"/api/v1/cameras/{add(ping)['id']}"
    for person in (DING, SU):
        answer = house.sign_in(person).get(path)
        assert answer.status_code == 200
        assert "rtsp" not in answer.text
        assert "secret" not in answer.text
    listed = house.sign_in(DING).get("/api/v1/cameras").text
    assert "rtsp" not in listed
    assert house.sign_in(ADA).get(path).json["camera"]["secret"] == "gate"


def test_a_secrets_content_is_never_answered(
    house: House, ping: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(house.services.secrets), "find", lambda _self, _name: "admin:hunter2")
    camera = add(ping)
    answers = [
        ping.get(f"/api/v1/cameras/{camera['id']}"),
        ping.get("/api/v1/cameras"),
        ping.get("/api/v1/cameras.csv"),
    ]
    assert answers[0].json["camera"]["secret_known"] is True
    assert not any("hunter2" in answer.text for answer in answers)


def test_an_exported_inventory_read_back_changes_nothing(house: House, ping: Session) -> None:
    camera = add(ping)
    body = {"digest": camera["digest"], "rules": [CROWD]}
    ping.send("PUT", f"/api/v1/cameras/{camera['id']}/rules", body)
    table = ping.get("/api/v1/cameras.csv")
    assert table.mimetype == "text/csv"
    # The county's first camera was put there without the town that it stands in.
    upload(ping, table.data, apply=True)
    before = house.services.cameras.list_cameras()
    change = upload(ping, table.data)["change"]
    assert (change["added_n"], change["changed_n"]) == (0, 0)
    assert change["unchanged_n"] == len(before)
    upload(ping, table.data, apply=True)
    assert house.services.cameras.list_cameras() == before


def upload(session: Session, data: bytes, *, apply: bool = False) -> dict[str, Any]:
    """Send a table; not applied, it is only looked at."""
    token = session.page_token()
    answer = session.client.post(
        f"/api/v1/cameras/import?name=list.csv&apply={int(apply)}",
        data=data,
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_a_table_is_looked_at_before_it_is_applied(house: House, ping: Session) -> None:
    known = len(house.services.cameras.list_cameras())
    lines = ("id,lon,lat,url", f"K1,{HERE.lon},{HERE.lat},rtsp://10.0.0.1/new", "K9,120,30,nope://")
    data = "\n".join([*lines, *(f"T{n},120,30,rtsp://10.0.0.{n}/s" for n in range(10, 40))])
    looked = upload(ping, data.encode())["change"]
    assert (looked["added_n"], looked["changed"], looked["applied"]) == (30, ["K1"], False)
    assert "must start with one of" in looked["refused"][0]["reason"]
    assert len(house.services.cameras.list_cameras()) == known
    assert upload(ping, data.encode(), apply=True)["change"]["applied"] is True
    after = house.services.cameras.get_camera("K1")
    # The file has no column for these, so they are what they were.
    assert (after.name, [rule.name for rule in after.rules]) == ("Market", ["gate"])
    assert after.url == "rtsp://10.0.0.1/new"


def test_usual_level_of_the_hour_is_told_with_what_it_was_learned_from(
    house: House, ping: Session
) -> None:
    camera_id = add(ping)["id"]
    hour = house.services.clock().replace(minute=0, second=0, microsecond=0)
    starts = [
        hour - timedelta(days=day) + timedelta(minutes=n) for day in range(1, 8) for n in range(60)
    ]
    what = (60, ObjectClass.OBJECT, "left_to_right", 2.0)
    counts = [Count(camera_id, "gate", start, *what) for start in starts]
    house.services.counts.add_counts(counts, epoch=1)
    told = ping.get(f"/api/v1/cameras/{camera_id}/usual").json
    assert told["rules"]["gate"] == {"level": 120.0, "spread": 0.0, "hours": 7, "daily": True}
    assert told["least"] >= 1
    assert ping.get("/api/v1/cameras/nowhere/usual").status_code == 404


def test_small_counts_are_told_in_long_bins_only(house: House, ping: Session) -> None:
    services = house.services
    start = services.clock().replace(second=0, microsecond=0) - timedelta(minutes=30)
    services.counts.add_counts(
        [
            Count("K1", "gate", start + timedelta(minutes=n), 60, ObjectClass.OBJECT, way, value)
            for n, (way, value) in enumerate(
                [("left_to_right", 3.0), ("left_to_right", 9.0), ("right_to_left", 0.0)]
            )
        ],
        epoch=9,
    )
    short = ping.get("/api/v1/cameras/K1/counts?minutes=45&bin_min=1").json["bins"]
    told = [one["value"] for one in short]
    assert 9.0 in told
    assert all(value is None or value >= 5 for value in told)
    long = ping.get("/api/v1/cameras/K1/counts?minutes=45&bin_min=30").json["bins"]
    assert sum(one["value"] for one in long if one["direction"] == "left_to_right") >= 12
    csv = house.sign_in(SU).get("/api/v1/cameras/K1/counts.csv?minutes=45&bin_min=1").text
    assert "<5" in csv
    assert ",3,3" not in csv
    assert house.services.audit.list(1)[0].entry.action == "counts.exported"
    newest = ping.get("/api/v1/cameras").json["cameras"][0]["last"]["gate"]
    assert newest["value"] is None or newest["value"] >= 5
