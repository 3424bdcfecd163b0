"""Tuning over HTTP: what there is to tune, trying it on all streets, hand edits and conflicts."""

from typing import Any

import pytest

from patrol.config.schema import Hotspots
from patrol.model.incident import Incident, IncidentStatus, Source
from tests.integration.web.county import DING, PING, House, Session
from tests.networks import place

pytestmark = pytest.mark.slow


def theft(house: House, number: int, x_m: float, y_m: float) -> Incident:
    return Incident(
        id=f"i{number}",
        time=house.services.clock(),
        place=place(x_m, y_m),
        kind="theft" if number % 2 else "noise",
        source=Source.PUBLIC,
        status=IncidentStatus.CLOSED,
    )


@pytest.fixture
def planner(untouched_house: House) -> Session:
    house = untouched_house
    spots = [(100, 0), (100, 0), (100, 0), (500, 400)]
    house.services.incidents.add_incidents(
        [theft(house, number, *spot) for number, spot in enumerate(spots, start=1)]
    )
    return house.sign_in(PING)


def scored(planner: Session, **body: Any) -> dict[str, Any]:
    answer = planner.post("/api/v1/hotspots/scores", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_every_weight_of_the_schema_is_told_with_its_range(planner: Session) -> None:
    told = planner.get("/api/v1/weights").json
    paths = {tuple(key["path"]) for key in told["keys"]}
    for name, field in Hotspots.model_fields.items():
        assert any(path[0] == name for path in paths), f"{name}: {field.description}"
    by_name = {".".join(key["path"]): key for key in told["keys"]}
    assert (by_name["layers.sites"]["low"], by_name["layers.sites"]["high"]) == (0, 100)
    assert by_name["half_life_d"]["allowed"] == "(0, 3650] or auto"
    assert by_name["sources.patrol"]["high"] == 0.2
    assert by_name["smoothing_share"]["default"] == "auto"
    assert [name for name, key in by_name.items() if "auto" in key["kind"].split()] == [
        "half_life_d",
        "smoothing_share",
        "shift_blend_share",
        "kinds.<name>.half_life_d",
    ]


def test_streets_come_once_and_scores_fit_them(planner: Session) -> None:
    streets = planner.get("/api/v1/hotspots/streets")
    columns = streets.json
    again = planner.get(
        "/api/v1/hotspots/streets", headers={"If-None-Match": streets.headers["ETag"]}
    )
    assert again.status_code == 304
    answer = scored(planner)
    count = len(columns["ids"])
    assert count == len(columns["lines"]) == len(columns["town"]) == len(answer["scores"]) > 50
    assert answer["streets"] == columns["streets"]
    highest = max(range(count), key=lambda index: answer["scores"][index])
    lon, lat = place(100, 0).lon, place(100, 0).lat
    line = columns["lines"][highest]
    assert min(line[0::2]) - 1e-4 <= lon <= max(line[0::2]) + 1e-4
    assert min(abs(value - lat) for value in line[1::2]) < 1e-4
    assert sum(part["share"] for part in answer["reasons"][str(highest)]) == pytest.approx(1, 0.01)


def test_a_try_changes_scores_and_nothing_that_is_kept(
    planner: Session, untouched_house: House
) -> None:
    before = untouched_house.services.config_path.read_bytes()
    plain = scored(planner)["scores"]
    changed = scored(planner, hotspots={"kinds": {"theft": {"weight": 0}}})["scores"]
    assert plain != changed
    assert untouched_house.services.config_path.read_bytes() == before
    wrong = planner.post("/api/v1/hotspots/scores", {"hotspots": {"layers": {"sites": 101}}})
    assert wrong.status_code == 400
    assert "hotspots.layers.sites" in wrong.json["errors"][0]
    assert "allowed [0, 100]" in wrong.json["errors"][0]


def test_what_auto_stands_for_is_told_kind_by_kind(planner: Session) -> None:
    told = planner.get("/api/v1/hotspots/learned").json
    # Four incidents teach nothing: everything has the general values.
    assert (told["shift_blend_share"], told["forecast"]) == (0.5, False)
    assert {one["kind"]: one["half_life_d"] for one in told["kinds"]} == {
        "noise": 240,
        "theft": 240,
    }


def test_reasons_are_given_for_the_places_asked_for(planner: Session) -> None:
    columns = planner.get("/api/v1/hotspots/streets").json
    answer = scored(planner, explain=[columns["ids"][3], "no such street"], top=0)
    assert list(answer["reasons"]) == ["3"]


def test_a_broken_file_is_told_part_by_part_until_it_is_mended(
    planner: Session, untouched_house: House
) -> None:
    path = untouched_house.services.config_path
    good = path.read_text(encoding="utf-8")
    state = planner.get("/api/v1/weights/state").json
    assert state["mistakes"] == []
    path.write_text(good + "hotspots:\n  layers: {sites: 900}\n", encoding="utf-8")
    broken = planner.get("/api/v1/weights/state").json
    (mistake,) = broken["mistakes"]
    assert mistake["key"] == "hotspots.layers.sites"
    assert (mistake["got"], mistake["allowed"]) == ("900", "[0, 100]")
    assert mistake["line"] == good.count("\n") + 2
    assert broken["digest"] != state["digest"]
    told = planner.get("/api/v1/weights").json
    assert told["hotspots"]["layers"]["sites"] == 0.3
    assert told["mistakes"] == broken["mistakes"]
    path.write_text(good + "hotspots:\n  layers: {sites: 0.9}\n", encoding="utf-8")
    assert planner.get("/api/v1/weights").json["hotspots"]["layers"]["sites"] == 0.9


def test_one_of_two_planners_gets_a_conflict_and_the_file_has_both_after_a_second_try(
    planner: Session, untouched_house: House
) -> None:
    seen = planner.get("/api/v1/weights").json
    other = untouched_house.sign_in(PING)

    def put(session: Session, told: dict[str, Any], hotspots: dict[str, Any]) -> int:
        body = {"version": told["version"], "digest": told["digest"], "hotspots": hotspots}
        return session.send("PUT", "/api/v1/weights", {**body, "reason": "try"}).status_code

    assert put(planner, seen, {"half_life_d": 60}) == 200
    assert put(other, seen, {"layers": {"sites": 0.7}}) == 409
    assert put(other, other.get("/api/v1/weights").json, {"layers": {"sites": 0.7}}) == 200
    told = planner.get("/api/v1/weights").json["hotspots"]
    assert (told["half_life_d"], told["layers"]["sites"]) == (60, 0.7)


def test_who_may_not_tune_learns_nothing_of_the_weights(untouched_house: House) -> None:
    dispatcher = untouched_house.sign_in(DING)
    assert dispatcher.get("/api/v1/weights/state").status_code == 403
    assert dispatcher.get("/api/v1/hotspots/learned").status_code == 403
    assert dispatcher.post("/api/v1/hotspots/scores", {}).status_code == 403
    assert dispatcher.get("/api/v1/hotspots/streets").status_code == 200
