"""What weighs when, over HTTP: made, changed, ended, removed, imported; nobody's change is lost."""

from datetime import timedelta
from typing import Any

import pytest

from patrol.model.town import SiteKind
from patrol.store.audit import AuditStore
from patrol.usecase.dated import today_of
from patrol.usecase.hotspot_map import HotspotMap, build_map
from tests.integration.web.county import DING, PING, House, Session
from tests.networks import place

pytestmark = pytest.mark.slow


@pytest.fixture
def planner(untouched_house: House) -> Session:
    return untouched_house.sign_in(PING)


def day(house: House, offset: int) -> str:
    return (today_of(house.services) + timedelta(days=offset)).isoformat()


def campaign(house: House, **more: Any) -> dict[str, Any]:
    body = {
        "name": "护校安园",
        "first": day(house, -3),
        "last": day(house, 10),
        "factor": 3,
        "site_kinds": ["school"],
        "reason": "开学",
    }
    return body | more


def site(x_m: float, y_m: float, **more: Any) -> dict[str, Any]:
    spot = place(x_m, y_m)
    body = {"name": "一中", "kind": "school", "lon": spot.lon, "lat": spot.lat, "weight": 2}
    return body | more


def map_of(house: House) -> HotspotMap:
    return build_map(house.services, house.services.clock())


def actions(house: House) -> list[str]:
    log: AuditStore = house.services.audit
    return [line.entry.action for line in log.list()]


def test_a_campaign_is_made_changed_ended_and_written_to_the_audit_log(
    planner: Session, untouched_house: House
) -> None:
    house = untouched_house
    made = planner.post("/api/v1/campaigns", campaign(house))
    assert made.status_code == 201, made.text
    one = made.json
    assert (one["actor"], one["reason"]) == (PING.name, "开学")
    path = f"/api/v1/campaigns/{one['id']}"
    changed = planner.send("PUT", path, campaign(house, factor=4, seen=one["seen"]))
    assert changed.status_code == 200, changed.text
    assert changed.json["factor"] == 4
    ended = planner.post(f"{path}/end", {"seen": changed.json["seen"]})
    assert ended.json["last"] == day(house, -1)
    (kept,) = planner.get("/api/v1/calendar").json["campaigns"]
    assert kept == {key: value for key, value in ended.json.items() if key != "ok"}
    assert {"campaign.added", "campaign.changed"} <= set(actions(house))


def test_what_has_not_begun_is_removed_and_not_ended(
    planner: Session, untouched_house: House
) -> None:
    house = untouched_house
    one = planner.post("/api/v1/campaigns", campaign(house, first=day(house, 2))).json
    path = f"/api/v1/campaigns/{one['id']}"
    refused = planner.post(f"{path}/end", {"seen": one["seen"]})
    assert refused.status_code == 400
    assert "remove it instead" in refused.json["error"]
    assert planner.send("DELETE", path).status_code == 400
    assert planner.send("DELETE", f"{path}?seen={one['seen']}").status_code == 200
    assert planner.get("/api/v1/calendar").json["campaigns"] == []
    assert planner.send("DELETE", f"{path}?seen={one['seen']}").status_code == 404


def test_of_two_planners_who_edit_one_thing_the_second_is_told(
    planner: Session, untouched_house: House
) -> None:
    house = untouched_house
    spot = place(400, 400)
    mark = {
        "lon": spot.lon,
        "lat": spot.lat,
        "reason": "夜市",
        "first": day(house, 0),
        "last": day(house, 7),
    }
    one = planner.post("/api/v1/marks", mark).json
    path = f"/api/v1/marks/{one['id']}"
    other = house.sign_in(PING)
    assert planner.send("PUT", path, mark | {"weight": 2, "seen": one["seen"]}).status_code == 200
    late = other.send("PUT", path, mark | {"weight": 5, "seen": one["seen"]})
    assert late.status_code == 409
    assert "changed by somebody else" in late.json["error"]
    assert other.send("DELETE", f"{path}?seen={one['seen']}").status_code == 409
    (kept,) = planner.get("/api/v1/calendar").json["marks"]
    assert kept["weight"] == 2


def test_a_site_counts_on_its_days_only_and_a_campaign_lifts_its_surroundings(
    planner: Session, untouched_house: House
) -> None:
    house = untouched_house
    one = planner.post("/api/v1/sites", site(400, 300)).json
    assert one["town_id"] == "T1"
    plain = map_of(house).made.parts["sites"]
    assert (plain > 0).sum() == 1
    wide = campaign(house, radius_m=250)
    made = planner.post("/api/v1/campaigns", wide).json
    lifted = map_of(house).made.parts["sites"]
    assert (lifted > 0).sum() > 4
    assert lifted.argmax() == plain.argmax()
    planner.post(f"/api/v1/campaigns/{made['id']}/end", {"seen": made["seen"]})
    assert (map_of(house).made.parts["sites"] > 0).sum() == 1
    planner.post(f"/api/v1/sites/{one['id']}/end", {"seen": one["seen"]})
    assert not map_of(house).made.parts["sites"].any()
    assert house.services.sites.list_sites()[0].kind is SiteKind.SCHOOL


def test_survey_answers_are_kept_replaced_and_checked(
    planner: Session, untouched_house: House
) -> None:
    house = untouched_house
    body = {"town_id": "T1", "on": day(house, -1), "asked": 200, "safe": 150}
    one = planner.post("/api/v1/survey", body).json
    assert planner.post("/api/v1/survey", body | {"safe": 100}).status_code == 409
    changed = planner.post("/api/v1/survey", body | {"safe": 100, "seen": one["seen"]})
    assert changed.json["safe"] == 100
    strange = planner.post("/api/v1/survey", body | {"town_id": "T9"})
    assert strange.status_code == 400
    assert "unknown town T9; known: T1" in strange.json["error"]
    assert planner.post("/api/v1/survey", body | {"on": day(house, 1)}).status_code == 400
    assert planner.post("/api/v1/survey", body | {"safe": 201}).status_code == 400
    path = f"/api/v1/survey/{one['id']}?seen={changed.json['seen']}"
    assert planner.send("DELETE", path).status_code == 200


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"last": "2020-01-01"}, "is before first"),
        ({"factor": 0}, "factor: Input should be greater than 0 (got 0)"),
        ({"factor": 11}, "factor: Input should be less than or equal to 10"),
        ({"town_ids": ["T9"]}, "unknown town T9; known: T1"),
        ({"site_kinds": ["castle"]}, "site_kinds.0"),
        ({"site_kinds": [], "radius_m": 100}, "radius_m needs site kinds"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_campaign_that_cannot_be_is_refused_with_key_and_range(
    planner: Session, untouched_house: House, more: dict[str, Any], told: str
) -> None:
    answer = planner.post("/api/v1/campaigns", campaign(untouched_house, **more))
    assert answer.status_code == 400
    assert told in " ".join([answer.json["error"], *answer.json["errors"]])
    assert planner.get("/api/v1/calendar").json["campaigns"] == []


def upload(planner: Session, what: str, name: str, text: str) -> Any:
    return planner.client.post(
        f"/api/v1/calendar/import/{what}?name={name}",
        data=text.encode("gb18030"),
        headers={"X-CSRFToken": planner.page_token()},
        content_type="text/csv",
    )


def test_a_table_is_imported_twice_without_change_and_told_row_by_row(planner: Session) -> None:
    text = (
        "编号,名称,开始日期,结束日期,倍数,场所类别,镇,理由\n"
        "c1,护校安园,2026/9/1,2026/9/30,2,学校、医院,东镇,开学\n"
        "c2,夜市整治,2026-10-01,2026-10-31,1.5,市场,,国庆\n"
    )
    first = upload(planner, "campaigns", "行动.csv", text)
    assert first.status_code == 200, first.text
    assert (first.json["added"], first.json["refused"]) == (2, [])
    assert ["GB18030" in warning for warning in first.json["warnings"]] == [True]
    assert upload(planner, "campaigns", "行动.csv", text).json["unchanged"] == 2
    one, two = planner.get("/api/v1/calendar").json["campaigns"]
    assert (one["site_kinds"], one["town_ids"]) == (["hospital", "school"], ["T1"])
    assert (two["first"], two["factor"], two["reason"]) == ("2026-10-01", 1.5, "国庆")
    bad = upload(planner, "campaigns", "x.csv", text.replace("2026/9/30", "2026/9/31"))
    assert bad.status_code == 400
    assert "row 2, column 结束日期: must be a day such as 2024-09-30" in bad.json["errors"][0]


def test_marks_and_sites_come_by_table_and_persons_are_refused(planner: Session) -> None:
    spot = place(200, 200)
    marks = (
        "id,lon,lat,first,last,reason,radius_m\n"
        f"m1,{spot.lon},{spot.lat},2026-01-01,2026-12-31,工地,80\n"
    )
    assert upload(planner, "marks", "marks.csv", marks).json["added"] == 1
    sites = f"id,name,kind,lon,lat,first,last\ns1,一中,学校,{spot.lon},{spot.lat},2026-09-01,\n"
    assert upload(planner, "sites", "sites.csv", sites).json["added"] == 1
    (one,) = planner.get("/api/v1/calendar").json["sites"]
    assert (one["first"], one["last"], one["town_id"]) == ("2026-09-01", None, "T1")
    persons = marks.replace("reason", "reason,联系电话").replace("工地", "工地,13800138000")
    answer = upload(planner, "marks", "marks.csv", persons)
    assert answer.status_code == 400
    assert "look like persons" in answer.json["error"]
    assert upload(planner, "marks", "marks.xlsx", marks).status_code == 400


def test_others_may_look_and_not_touch(untouched_house: House) -> None:
    dispatcher = untouched_house.sign_in(DING)
    assert dispatcher.get("/api/v1/calendar").status_code == 200
    answer = dispatcher.post("/api/v1/campaigns", campaign(untouched_house))
    assert answer.status_code == 403
