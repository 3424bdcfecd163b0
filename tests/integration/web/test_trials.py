"""Weights tried before they count: jobs of a worker of their own, results kept, nothing applied."""

from datetime import timedelta
from typing import Any

import pytest

from patrol.bus.jobs import make_worker
from patrol.model.incident import Incident, Source
from patrol.usecase.dated import today_of
from patrol.worker.trials import QUEUES
from tests.integration.web.county import DING, PING, House, Session
from tests.networks import place

pytestmark = pytest.mark.slow

WEEKS = 10


def reports(house: House) -> list[Incident]:
    """Every day thefts at one corner; noise at another one until four weeks ago, then never."""
    found = []
    for day in range(WEEKS * 7):
        time = house.services.clock() - timedelta(days=day + 1)
        # Streets that score the same are ranked as they are stored: the last one shows nothing off.
        theft, noise = ("theft", 900, 1000), ("noise", 100, 0)
        spots = [theft] if day < 28 else [theft, noise]
        for kind, x_m, y_m in spots:
            found.append(Incident(f"{kind}{day}", time, place(x_m, y_m), kind, Source.PUBLIC))
    return found


@pytest.fixture
def planner(untouched_house: House) -> Session:
    untouched_house.services.incidents.add_incidents(reports(untouched_house))
    return untouched_house.sign_in(PING)


def work(house: House) -> None:
    """Do what is queued, in this process."""
    make_worker(house.services.redis, QUEUES, house.services).work(
        burst=True, logging_level="WARNING"
    )


def ask(planner: Session, kind: str, **body: Any) -> str:
    answer = planner.post(f"/api/v1/trials/{kind}", body)
    assert answer.status_code == 202, answer.text
    job: str = answer.json["job_id"]
    return job


def test_a_backtest_of_drafted_weights_is_kept_and_changes_nothing(
    planner: Session, untouched_house: House
) -> None:
    before = untouched_house.services.config_path.read_bytes()
    worse = {"kinds": {"theft": {"weight": 0}}, "layers": {"sites": 0}}
    job = ask(planner, "backtest", hotspots=worse, weeks=4)
    assert planner.get(f"/api/v1/jobs/{job}").json["state"] == "queued"
    work(untouched_house)
    state = planner.get(f"/api/v1/jobs/{job}").json
    assert state["state"] == "done", state
    result = state["result"]
    assert (result["weeks"], result["incidents"]) == (4, 28)
    # All of the last weeks' incidents are at the corner that the saved weights see.
    assert result["saved"]["0.1"] == 1
    assert result["draft"]["0.1"] == 0
    assert result["difference"]["0.1"]["verdict"] == "worse"
    assert result["changes"] == {
        "kinds": {"theft": {"half_life_d": None, "weight": 0.0}},
        "layers": {"sites": 0.0},
    }
    (kept,) = planner.get("/api/v1/trials").json["trials"]
    assert (kept["actor"], kept["version"]) == (PING.name, 0)
    assert kept["difference"] == result["difference"]
    assert untouched_house.services.config_path.read_bytes() == before


def test_a_shift_is_planned_with_either_weights_and_neither_plan_is_kept(
    planner: Session, untouched_house: House
) -> None:
    house = untouched_house
    plans = len(house.services.plans.list_plans(50))
    tomorrow = (today_of(house.services) + timedelta(days=1)).isoformat()
    job = ask(
        planner,
        "plan",
        hotspots={"count": 12, "kinds": {"theft": {"weight": 5}}},
        shift="day",
        date=tomorrow,
        seconds=1,
    )
    work(house)
    state = planner.get(f"/api/v1/jobs/{job}").json
    assert state["state"] == "done", state
    result = state["result"]
    assert (result["shift"], result["on"]) == ("day", tomorrow)
    for name in ("saved", "draft"):
        figures = result[name]
        assert 0 < figures["coverage_share"] <= 1
        assert figures["visits"] >= figures["places"] > 0
        assert figures["distance_m"] > 0
        assert sum(town["dwell_s"] for town in figures["towns"].values()) == figures["dwell_s"]
        assert 0 < figures["draft_map_share"] <= 1
    assert result["draft"]["places"] <= 12
    assert len(house.services.plans.list_plans(50)) == plans


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("backtest", {"hotspots": {}}, "changes nothing"),
        ("backtest", {"hotspots": {"band_h": 3}, "weeks": 1}, "weeks"),
        ("backtest", {"hotspots": {"band_h": 99}}, "allowed [1, 12]"),
        ("plan", {"hotspots": {"band_h": 3}, "shift": "dawn", "date": "2026-01-01"}, "one of day"),
    ],
)
def test_a_trial_that_cannot_be_is_refused_before_it_is_queued(
    planner: Session, kind: str, body: dict[str, Any], told: str
) -> None:
    answer = planner.post(f"/api/v1/trials/{kind}", body)
    assert answer.status_code == 400
    assert told in " ".join([answer.json["error"], *answer.json["errors"]])


def test_a_trial_that_is_stopped_ends(planner: Session, untouched_house: House) -> None:
    job = ask(planner, "backtest", hotspots={"band_h": 3}, weeks=4)
    assert planner.send("DELETE", f"/api/v1/jobs/{job}").status_code == 200
    work(untouched_house)
    assert planner.get(f"/api/v1/jobs/{job}").json["state"] == "cancelled"
    assert planner.get("/api/v1/trials").json["trials"] == []


def test_who_may_not_tune_may_not_try(untouched_house: House) -> None:
    dispatcher = untouched_house.sign_in(DING)
    body = {"hotspots": {"band_h": 3}}
    assert dispatcher.post("/api/v1/trials/backtest", body).status_code == 403
