"""The exposure report over the API: whose it is, what it tells, what it refuses."""

from datetime import timedelta

from patrol.model.fix import Pass
from patrol.usecase.exposure import quarter_name
from tests.integration.web.county import DING, PING, SU, House


def test_supervisor_and_planner_see_this_quarter_with_the_hours_of_the_town(house: House) -> None:
    services = house.services
    network = services.streets.get_network()
    now = services.clock()
    start = now - timedelta(minutes=30)
    services.passes.add_passes([Pass("F01", network.seg_id[20], start, now, True)])
    for person in (SU, PING):
        told = house.sign_in(person).get("/api/v1/reports/exposure").get_json()
        assert told["ok"]
        assert [town["town_id"] for town in told["towns"]] == ["T1"]
        zone = services.config.county.zone
        if quarter_name(start, zone) == quarter_name(now, zone):
            assert told["towns"][0]["hours"] == 0.5
        assert told["limit_ratio"] == 3.0


def test_a_period_that_is_none_is_refused_with_what_was_given(house: House) -> None:
    session = house.sign_in(SU)
    for query, message in (
        ("quarter=last", "a quarter must be given as 2026Q4, got 'last'"),
        ("from=2024-01-01", "give either quarter, or both from and to"),
        ("from=soon&to=2024-01-01", "from must be a day such as 2026-10-01, got soon"),
        ("from=2024-02-01&to=2024-01-01", "must end after its start"),
        ("from=2020-01-01&to=2024-01-01", "must cover at most 366 days"),
    ):
        answer = session.get(f"/api/v1/reports/exposure?{query}")
        assert answer.status_code == 400, query
        assert message in answer.get_json()["error"], query


def test_a_dispatcher_is_refused(house: House) -> None:
    assert house.sign_in(DING).get("/api/v1/reports/exposure").status_code == 403
