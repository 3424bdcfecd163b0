"""Data quality over the API: upload, report, what is left out, and who may."""

from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from patrol.model.incident import Source
from patrol.store.marks import ExclusionStore
from patrol.usecase.hotspot_inputs import map_inputs
from patrol.usecase.import_upload import safe_name
from patrol.usecase.weights import present_weights
from tests.integration.web.county import ADA, DING, PING, House, Session
from tests.networks import lonlat

HEADER = "time,lon,lat,category,address\n"
HOW = "source=public&columns=time=time,lon=lon,lat=lat,kind=category"


def made_csv() -> str:
    """Forty rows at a yard, an event told three times, one far away, one nowhere, ten at peace."""
    yard, street = lonlat(100, 0), lonlat(500, 0)
    lines = [
        f"2024-05-{row % 28 + 1:02d} {8 + row // 28:02d}:17,{yard[0]},{yard[1]},theft,Yard"
        for row in range(40)
    ]
    lines += [f"2024-05-01 09:0{row},{street[0]},{street[1]},fight,Corner" for row in range(3)]
    lines += ["2024-05-02 10:13,10.0,50.0,theft,Far", "2024-05-02 11:13,,,fraud,"]
    for row in range(10):
        lon, lat = lonlat(20 * row, 200)
        lines.append(f"2024-05-03 {10 + row}:07,{lon},{lat},theft,Lane {row}")
    return HEADER + "\n".join(lines) + "\n"


def send(session: Session, query: str, body: str | bytes) -> TestResponse:
    return session.send(
        "POST",
        f"/api/v1/imports/incidents?{query}",
        data=body,
        headers={"Content-Type": "application/octet-stream"},
    )


def on_map(house: House) -> int:
    inputs = map_inputs(house.services, present_weights(house.services).hotspots)
    return int((inputs.events.unit >= 0).sum())


def test_a_file_is_checked_imported_and_cleaned_and_everything_is_audited(
    untouched_house: House,
) -> None:
    house = untouched_house
    session = house.sign_in(PING)
    checked = send(session, f"name=May.csv&{HOW}", made_csv())
    assert checked.status_code == 200, checked.text
    assert house.services.incidents.list_incidents() == ()
    listed = session.get("/api/v1/imports").get_json()
    assert [(one["file"], one["checked_only"], one["actor"]) for one in listed["imports"]] == [
        ("May.csv", True, "ping")
    ]
    report = session.get(f"/api/v1/imports/{listed['imports'][0]['id']}").get_json()
    quality = report["quality"]
    assert quality["near_duplicates"] == 2
    assert quality["outside_area"] == 1
    assert quality["without_place"] == 1
    points = {point["suspicion"]: point for point in quality["suspects"]}
    assert points["heavy"]["rows"] == 40
    assert points["heavy"]["address"] == "Yard"
    assert points["heavy"]["near_name"] == ""
    assert points["outside"]["place"]["lat"] == 50.0

    assert send(session, f"name=May.csv&check=0&{HOW}", made_csv()).get_json()["added"] == 55
    assert on_map(house) == 53
    left = session.send("PUT", "/api/v1/faults/near_duplicate", {"left_out": True}).get_json()
    assert [one["fault"] for one in left["faults"]] == ["near_duplicate"]
    assert on_map(house) == 51
    place = points["heavy"]["place"]
    body = {"lon": place["lon"], "lat": place["lat"], "label": "Yard"}
    chosen = session.post("/api/v1/exclusions", body).get_json()["points"]
    assert [one["label"] for one in chosen] == ["Yard"]
    assert on_map(house) == 11

    again = send(session, f"name=May2.csv&check=0&{HOW}", made_csv()).get_json()
    assert again["left_out"] == {"point": 40, "near_duplicate": 2}
    gone = session.send("DELETE", f"/api/v1/exclusions/{chosen[0]['id']}").get_json()
    assert gone["points"] == []
    session.send("PUT", "/api/v1/faults/near_duplicate", {"left_out": False})
    assert on_map(house) == 53

    entries = {(line.entry.action, line.entry.actor) for line in house.services.audit.list()}
    assert {
        (action, "ping")
        for action in (
            "incidents.imported",
            "fault.left_out",
            "fault.taken_in",
            "point.excluded",
            "point.included",
        )
    } <= entries


def test_stored_incidents_are_reported_on_as_well(untouched_house: House) -> None:
    house = untouched_house
    session = house.sign_in(ADA)
    send(session, f"name=May.csv&check=0&{HOW}", made_csv())
    assert session.post("/api/v1/imports/stored").get_json()["read"] == 55
    newest = session.get("/api/v1/imports").get_json()["imports"][0]
    assert (newest["file"], newest["source"], newest["actor"]) == ("stored", "stored", "ada")


def test_a_bad_upload_says_what_is_wrong_and_imports_nothing(house: House) -> None:
    session = house.sign_in(PING)
    persons = "time,lon,lat,报警人\n2024-05-01 08:00,113.5,22.5,某某\n"
    for query, body, message in (
        ("name=a.csv&source=nobody", "x", "source must be one of public, camera"),
        ("name=a.exe&source=public", "x", "must end in one of .csv"),
        ("name=a.csv&source=public&tz=Mars/Base", "x", "Mars/Base"),
        ("name=a.csv&source=public&columns=time", "x", "must be field=column"),
        ("name=a.csv&source=public&check=2", "x", "check must be 0 or 1"),
        ("name=a.csv&source=public&allow_bad=2", "x", "allow_bad must be in [0, 1]"),
        ("name=a.csv&source=public&check=0", persons, "look like persons"),
    ):
        answer = send(session, query, body)
        assert answer.status_code == 400, query
        assert message in answer.get_json()["error"], query
    assert session.send("PUT", "/api/v1/faults/rain", {"left_out": True}).status_code == 400
    assert session.send("DELETE", "/api/v1/exclusions/1,2").status_code == 404
    assert session.get("/api/v1/imports/none").status_code == 404
    assert house.services.incidents.list_incidents() == ()
    assert ExclusionStore(house.services.db).list_points() == ()


def test_a_dispatcher_may_not(house: House) -> None:
    session = house.sign_in(DING)
    assert session.get("/api/v1/imports").status_code == 403
    assert send(session, f"name=a.csv&{HOW}", "x").status_code == 403


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/五月 警情.csv", "五月 警情.csv"),
        ("C:\\data\\May.CSV.gz", "May.CSV.gz"),
        ("--config=x.csv", "config_x.csv"),
        ("a\nb;c.geojson", "a_b_c.geojson"),
    ],
)
def test_an_uploads_name_is_made_harmless(name: str, kept: str) -> None:
    assert safe_name(name) == kept
    assert Path(kept).name == kept


def test_sources_of_the_form_are_those_of_the_model() -> None:
    script = Path(__file__).resolve().parents[3] / "patrol/web/static/js/imports/upload.js"
    line = next(x for x in script.read_text("utf-8").splitlines() if x.startswith("const SOURCES"))
    assert all(f'"{source.value}"' in line for source in Source)
