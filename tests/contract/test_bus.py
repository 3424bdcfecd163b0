"""Stream, board, jobs and leases do the same on the embedded Valkey and on a real Redis."""

import sys
import threading
import time

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from patrol.bus.board import LiveBoard
from patrol.bus.jobs import Jobs, make_worker
from patrol.bus.lease import CameraLeases, Lease
from patrol.bus.stream import START, EventStream
from patrol.live.board import fold_units
from patrol.model.errors import InputError
from patrol.model.event import EventKind
from tests.contract import job_probe

TASKS = "patrol.worker.job_probe"


@pytest.fixture(autouse=True)
def _probe_is_a_worker_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs must be in the workers' package; the tests' own are put there for the time being."""
    monkeypatch.setitem(sys.modules, TASKS, job_probe)


def test_events_are_read_in_order_from_where_one_stopped(client: "redis.Redis") -> None:
    stream = EventStream(client, 1_000)
    assert stream.newest() == START
    assert stream.read(START) == []
    first = stream.append(EventKind.UNIT_MOVED, {"units": [{"id": "F01", "lon": 120.1}]})
    rest = stream.append_all([(EventKind.PASS_SEEN, {"n": n}) for n in range(3)])
    assert [first, *rest] == sorted([first, *rest])
    assert (stream.oldest(), stream.newest()) == (first, rest[-1])
    events = stream.read(first)
    assert [event.data["n"] for event in events] == [0, 1, 2]
    assert [event.seq for event in events] == rest
    assert stream.read(START, count=2)[0].data == {"units": [{"id": "F01", "lon": 120.1}]}


def test_a_reader_that_waits_is_woken_by_an_event(client: "redis.Redis") -> None:
    stream = EventStream(client, 1_000)
    stream.append(EventKind.ALERT_RAISED, {"n": 0})
    after = stream.newest()
    later = threading.Timer(0.1, stream.append, (EventKind.ALERT_RAISED, {"n": 1}))
    later.start()
    events = stream.read(after, block_ms=5_000)
    later.join()  # It may still wait for its answer when the event is here already.
    assert [event.data["n"] for event in events] == [1]


def test_the_stream_is_bounded(client: "redis.Redis") -> None:
    stream = EventStream(client, 1_000)
    stream.append_all([(EventKind.ALERT_RAISED, {"n": n}) for n in range(3_000)])
    assert len(stream.read(START, count=5_000)) < 1_500
    assert stream.oldest() > START


_changes = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(["F01", "F02"])},
        optional={
            "time": st.integers(0, 5).map(float),
            "lon": st.sampled_from([120.123_456_7, -0.5]),
            "lat": st.sampled_from([30.5, 31.25]),
            "heading_deg": st.none() | st.just(90.5),
            "seen": st.integers(0, 5).map(float),
            "status": st.sampled_from(["patrol", "off", "sos"]),
            "name": st.text(max_size=4),
            "signal": st.sampled_from(["live", "lost"]),
        },
    ),
    max_size=8,
)


@given(changes=_changes)
def test_redis_folds_changes_as_the_plain_rule_does(
    client: "redis.Redis", changes: list[dict[str, object]]
) -> None:
    client.flushdb()
    board = LiveBoard(client)
    board.put_units(changes)
    expected = fold_units(changes)
    assert board.list_units() == [expected[name] for name in sorted(expected)]


def test_a_late_fix_never_moves_a_marker_backwards(client: "redis.Redis") -> None:
    board = LiveBoard(client)
    board.put_unit({"id": "F01", "status": "patrol", "time": 100.0, "lon": 1.5, "seen": 101.0})
    state = board.put_unit({"id": "F01", "time": 50.0, "lon": 9.5, "seen": 102.0})
    assert (state["lon"], state["time"], state["seen"]) == (1.5, 100.0, 102.0)
    assert board.find_unit("F01") == state
    board.drop_units(["F01"])
    assert board.find_unit("F01") is None


def test_a_unit_that_goes_off_duty_has_no_position_left(client: "redis.Redis") -> None:
    board = LiveBoard(client)
    board.put_unit({"id": "F01", "status": "patrol", "time": 100.0, "lon": 1.5, "lat": 2.5})
    state = board.put_unit({"id": "F01", "status": "off"})
    assert state == {"id": "F01", "status": "off"}


def test_one_process_leads_until_it_lets_go_or_falls_silent(client: "redis.Redis") -> None:
    first, second = Lease(client, "keeper", 0.4), Lease(client, "keeper", 0.4)
    assert first.hold()
    assert first.hold()
    assert not second.hold()
    first.release()
    assert second.hold()
    assert not first.hold()
    time.sleep(0.5)
    assert first.hold()
    assert not second.hold()


def test_cameras_are_shared_fairly_and_each_has_one_owner(client: "redis.Redis") -> None:
    cameras = [f"k{number}" for number in range(7)]
    workers = [CameraLeases(client, name, 5.0) for name in ("a", "b", "c")]
    for _ in range(4):
        held = [worker.beat(cameras) for worker in workers]
    assert sorted(len(part) for part in held) == [1, 3, 3] or sorted(map(len, held)) == [2, 2, 3]
    assert sorted(name for part in held for name in part) == cameras


def test_a_taken_over_camera_has_a_higher_epoch(client: "redis.Redis") -> None:
    first, second = CameraLeases(client, "a", 0.3), CameraLeases(client, "b", 0.3)
    assert first.beat(["k1"]) == {"k1": 1}
    assert second.beat(["k1"]) == {}
    time.sleep(0.35)
    assert first.held() == {}
    assert second.beat(["k1"]) == {"k1": 2}
    assert first.beat(["k1"]) == {}
    second.leave(["k1"])
    assert first.beat(["k1"]) == {"k1": 3}


def test_a_removed_camera_is_given_back(client: "redis.Redis") -> None:
    worker = CameraLeases(client, "a")
    worker.beat(["k1", "k2"])
    assert worker.beat(["k2"]) == {"k2": 1}


def test_a_job_runs_in_a_worker_and_tells_how_far_it_got(client: "redis.Redis") -> None:
    jobs = Jobs(client)
    job_id = jobs.submit("plans", f"{TASKS}:double", {"n": 21})
    found = jobs.find(job_id)
    assert found is not None
    assert found.state == "queued"
    make_worker(client, ["plans"], {"jobs": jobs}).work(burst=True)
    found = jobs.find(job_id)
    assert found is not None
    assert (found.state, found.result, found.error) == ("done", {"doubled": 42}, None)
    assert found.progress == {"share": 0.5}


def test_a_job_that_fails_tells_why_in_plain_words(client: "redis.Redis") -> None:
    jobs = Jobs(client)
    told = jobs.submit("plans", f"{TASKS}:refuse", {"n": 21})
    broken = jobs.submit("plans", f"{TASKS}:break_down", {})
    make_worker(client, ["plans"], {"jobs": jobs}).work(burst=True)
    found, other = jobs.find(told), jobs.find(broken)
    assert found is not None
    assert other is not None
    assert (found.state, found.error) == ("failed", "n must be in [1, 9], got 21")
    assert other.state == "failed"
    assert other.error == "ZeroDivisionError: integer division or modulo by zero"


def test_a_queued_job_is_cancelled_before_it_runs(client: "redis.Redis") -> None:
    jobs = Jobs(client)
    job_id = jobs.submit("plans", f"{TASKS}:double", {"n": 1})
    jobs.cancel(job_id)
    make_worker(client, ["plans"], {"jobs": jobs}).work(burst=True)
    found = jobs.find(job_id)
    assert found is not None
    assert (found.state, found.result) == ("cancelled", None)


def test_a_running_job_sees_that_it_was_cancelled(client: "redis.Redis") -> None:
    jobs = Jobs(client)
    job_id = jobs.submit("plans", f"{TASKS}:wait_until_cancelled", {})
    timer = threading.Timer(0.2, jobs.cancel, (job_id,))
    timer.start()
    make_worker(client, ["plans"], {"jobs": jobs}).work(burst=True)
    timer.join()
    found = jobs.find(job_id)
    assert found is not None
    assert (found.state, found.result) == ("cancelled", {"stopped": True})


def test_a_job_outside_the_workers_package_is_refused(client: "redis.Redis") -> None:
    with pytest.raises(InputError, match="got os:system"):
        Jobs(client).submit("plans", "os:system", {"command": "true"})
    assert Jobs(client).find("nothing") is None


def test_nothing_on_redis_is_a_pickle(client: "redis.Redis") -> None:
    Jobs(client).submit("plans", f"{TASKS}:double", {"n": 21})
    for key in client.scan_iter("rq:job:*"):
        kept = client.hgetall(key)
        assert b"double" in kept[b"data"] or b"double" in kept[b"description"]
        assert not kept[b"data"].startswith(b"\x80")
