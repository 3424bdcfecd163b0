from datetime import UTC, datetime
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from patrol.model.event import Event, EventKind, Seq
from patrol.web.live_fold import (
    MAP,
    Changes,
    Picture,
    View,
    fold,
    make_beat,
    make_delta,
    make_snapshot,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def event(number: int, kind: EventKind, data: dict[str, Any]) -> Event:
    return Event(Seq(number, 0), kind, NOW, data)


def moved(number: int, unit_id: str, lon: float) -> Event:
    return event(number, EventKind.UNIT_MOVED, {"units": [{"id": unit_id, "lon": lon}]})


def incident(number: int, *sent: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"i{number}", "status": "assigned", "assignments": list(sent)}


def test_of_many_moves_in_a_tick_the_newest_is_sent_once() -> None:
    changes = fold([moved(1, "F01", 1.0), moved(2, "F02", 5.0), moved(3, "F01", 2.0)])
    assert changes.units == {"F01": {"id": "F01", "lon": 2.0}, "F02": {"id": "F02", "lon": 5.0}}


def test_events_that_the_map_does_not_show_make_no_frame() -> None:
    changes = fold(
        [
            event(1, EventKind.PLAN_PROGRESS, {"job_id": "j"}),
            event(2, EventKind.WEIGHTS_CHANGED, {"version": 3}),
            event(3, EventKind.ACCESS_CHANGED, {"user": "ding"}),
        ]
    )
    assert not changes.shows
    assert changes.users == {"ding"}


def test_cameras_and_statuses_are_read_again_once_however_often_they_change() -> None:
    changes = fold(
        [
            event(1, EventKind.CAMERA_COUNTED, {"camera_id": "c1"}),
            event(2, EventKind.CAMERA_STATE, {"camera_id": "c1"}),
            event(3, EventKind.UNIT_CHANGED, {"unit_id": "F01", "status": "patrol"}),
            event(4, EventKind.UNIT_CHANGED, {"unit_id": "F01", "signal": "lost"}),
        ]
    )
    assert changes.camera_ids == {"c1"}
    assert changes.unit_ids == {"F01"}
    assert changes.shows


def test_the_map_sees_everything() -> None:
    picture = Picture(units=({"id": "F01"},), incidents=(incident(1),), cameras=({"id": "c"},))
    assert picture.seen_by(MAP) is picture


def test_an_officer_sees_the_own_unit_and_what_it_is_sent_to() -> None:
    mine = incident(1, {"unit_id": "F01", "ended": None})
    others = incident(2, {"unit_id": "F02", "ended": None})
    left = incident(3, {"unit_id": "F01", "ended": "2026-11-23T08:00:00Z"})
    picture = Picture(
        units=({"id": "F01"}, {"id": "F02"}),
        incidents=(mine, others, left, incident(4)),
        cameras=({"id": "c"},),
    )
    seen = picture.seen_by(View("F01"))
    assert seen.units == ({"id": "F01"},)
    assert seen.incidents == (mine, {"id": "i3", "gone": True})
    assert seen.cameras == ()


def test_what_does_not_concern_an_officer_makes_no_frame() -> None:
    picture = Picture(units=({"id": "F02"},), incidents=(incident(1),), cameras=({"id": "c"},))
    assert picture.seen_by(View("F01")).is_empty


def test_a_delta_says_from_where_to_where_it_reaches() -> None:
    message = make_delta(Seq(5, 1), Seq(9, 0), NOW, Picture(units=({"id": "F01"},)))
    assert message.event == "delta"
    assert (message.payload["from"], message.payload["to"]) == ("5-1", "9-0")
    assert "plan" not in message.payload


def test_a_delta_names_the_plan_only_when_it_changed_even_to_none() -> None:
    message = make_delta(Seq(1, 0), Seq(2, 0), NOW, Picture(plan=None, plan_changed=True))
    assert message.payload["plan"] is None


def test_messages_are_socket_io_events_of_the_namespace() -> None:
    wire = make_beat(Seq(7, 2), NOW).encode("/live")
    assert wire.startswith(b"42/live,[")
    name, payload = orjson.loads(wire[len(b"42/live,") :])
    assert (name, payload) == ("beat", {"to": "7-2", "now": "2026-11-23T08:00:00.000Z"})


# ---- the law: replaying deltas onto a snapshot gives the newest snapshot ----

_moves = st.lists(
    st.tuples(st.sampled_from(["F01", "E02", "C03"]), st.floats(-180, 180)), max_size=60
)


class Page:
    """A client that keeps the rules of docs/live.md."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.at = Seq.parse(snapshot["to"])
        self.units = {unit["id"]: unit for unit in snapshot["units"]}

    def apply(self, delta: dict[str, Any]) -> bool:
        start, to = Seq.parse(delta["from"]), Seq.parse(delta["to"])
        if to <= self.at:
            return True
        if start > self.at:
            return False
        self.units |= {unit["id"]: unit for unit in delta["units"]}
        self.at = to
        return True


@given(_moves, st.lists(st.integers(1, 10), min_size=1, max_size=20), st.integers(0, 59))
def test_snapshot_and_deltas_give_the_newest_state_wherever_ticks_fall(
    moves: list[tuple[str, float]], ticks: list[int], joined: int
) -> None:
    events = [moved(number, *move) for number, move in enumerate(moves, start=1)]
    joined = min(joined, len(events))
    known = fold(events[:joined]).units
    page = Page(make_snapshot(Seq(joined, 0), NOW, Picture(units=tuple(known.values()))).payload)
    # The ticks of the worker are not those of the snapshot: deltas may overlap it.
    position = 0
    for size in ticks * (len(events) + 1):
        part = events[position : position + size]
        if not part:
            break
        changes = fold(part, Changes())
        delta = make_delta(
            Seq(position, 0), part[-1].seq, NOW, Picture(units=tuple(changes.units.values()))
        )
        assert page.apply(delta.payload)
        # A frame that comes twice changes nothing.
        assert page.apply(delta.payload)
        position += size
    assert page.units == fold(events).units


def test_a_lost_delta_is_noticed() -> None:
    page = Page(make_snapshot(Seq(1, 0), NOW, Picture()).payload)
    assert not page.apply(make_delta(Seq(5, 0), Seq(6, 0), NOW, Picture()).payload)
