"""Which units are near as the crow flies."""

from patrol.live.nearest import units_by_crow
from patrol.model.place import Place


def test_units_on_duty_with_a_position_come_nearest_first() -> None:
    states = [
        {"id": "far", "status": "patrol", "lon": 0.3, "lat": 0.0},
        {"id": "near", "status": "enroute", "lon": 0.1, "lat": 0.0},
        {"id": "off", "status": "off", "lon": 0.0, "lat": 0.0},
        {"id": "new", "status": "patrol"},
        {"id": "mid", "status": "patrol", "lon": 0.2, "lat": 0.0},
    ]
    found = units_by_crow(Place(0.0, 0.0), states, 2)
    assert [state["id"] for _, state in found] == ["near", "mid"]
    assert 11_000 < found[0][0] < 11_200
