"""The replay of the API: thinned tracks, incidents with their steps, limits, audit."""

from datetime import timedelta

import numpy as np
import pytest

from patrol.model.fix import Fix
from patrol.model.incident import Assignment, Incident, Source
from patrol.store.tracks import TrackColumns
from patrol.usecase.replay import thin
from tests.integration.web.county import DING, OU, House
from tests.networks import place


def test_one_position_a_step_is_kept_the_last_in_it() -> None:
    track = TrackColumns(
        np.array([100.0, 102.0, 104.0, 106.0]), np.arange(4) / 10, np.array([1.0, 1.0, 1.0, 2.0])
    )
    assert thin(track, 100.0, 5) == {
        "t_s": [4, 6],
        "lon_e5": [20_000, 30_000],
        "lat_e5": [100_000, 200_000],
    }


def test_units_and_incidents_come_with_their_times(house: House) -> None:
    services = house.services
    now = services.clock()
    spot = place(100, 100)
    services.fixes.add_fixes(
        [Fix("F01", now - timedelta(minutes=30 - step), spot) for step in range(20)]
    )
    services.incidents.save_incident(
        Incident("i1", now - timedelta(minutes=20), spot, "theft", Source.PUBLIC)
    )
    services.assignments.save(
        Assignment(
            "a1", "i1", "C01", now - timedelta(minutes=19), arrived=now - timedelta(minutes=15),
            ended=now - timedelta(minutes=5),
        )
    )  # fmt: skip
    answer = house.sign_in(DING).get("/api/v1/replay").get_json()
    unit = next(one for one in answer["units"] if one["id"] == "F01")
    assert len(unit["t_s"]) == len(unit["lon_e5"]) == 20
    assert unit["t_s"] == sorted(unit["t_s"])
    assert unit["lon_e5"][0] == round(spot.lon * 1e5)
    incident = answer["incidents"][0]
    assert incident["units"] == ["C01"]
    assert incident["assigned"] < incident["arrived"] < incident["ended"]
    newest = services.audit.list(1)[0].entry
    assert (newest.actor, newest.action) == ("ding", "track.replay")


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-05-01T00:00:00Z&to=2026-05-03T00:00:00Z",
        "from=2026-05-01T00:00:00Z&to=2026-05-01T00:00:10Z",
        "from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z",
    ],
)
def test_an_interval_out_of_range_is_refused(house: House, query: str) -> None:
    answer = house.sign_in(DING).get(f"/api/v1/replay?{query}")
    assert answer.status_code == 400
    assert "a replay takes 1 minute to 24 hours" in answer.get_json()["error"]


def test_officers_see_no_replay(house: House) -> None:
    assert house.sign_in(OU).get("/api/v1/replay").status_code == 403
