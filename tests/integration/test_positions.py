"""Positions from the phone to the database, the board, the stream and passes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from patrol.app import opened
from patrol.bus.stream import START
from patrol.model.event import EventKind
from patrol.model.fix import Fix, Pass
from patrol.model.place import Place
from patrol.model.plan import Leg, Plan, Route, Verdict, Visit
from patrol.model.unit import Base, Mode, Unit, UnitStatus
from patrol.usecase.find_passes import PassWatch
from patrol.usecase.retention import drop_old
from patrol.usecase.services import Services
from patrol.usecase.take_fixes import take_fixes
from patrol.usecase.watch import restore_board, watch_signals
from patrol.worker.keeper import Keeper

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNIT = Unit("F01", "步巡 1", Mode.FOOT, "b1")
LEG = Leg(((120.0, 30.0),), 0.0, 0)


@dataclass
class Hands:
    """A clock that the test sets."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def services(tmp_path: Path, hands: Hands) -> Iterator[Services]:
    path = tmp_path / "config.yaml"
    path.write_text("retention: {tracks_d: 1}\n")
    with opened(path, clock=hands) as made:
        made.bases.save_bases([Base("b1", "所", Place(120.0, 30.0))])
        made.units.save_units([UNIT])
        yield made


def fix(seconds: float, east_m: float = 0.0, seq: int | None = None) -> Fix:
    return Fix(
        "F01",
        NOON + timedelta(seconds=seconds),
        Place(round(120.0 + east_m / 96_300.0, 7), 30.0),
        seq=seq,
    )


def publish_plan(services: Services, spots_m: tuple[float, ...]) -> None:
    visits = tuple(
        Visit(f"h{n}", f"街 {n}", 120.0 + east_m / 96_300.0, 30.0, NOON, 600, 1.0, LEG)
        for n, east_m in enumerate(spots_m)
    )
    route = Route("F01", Mode.FOOT, NOON, NOON + timedelta(hours=8), visits, LEG)
    plan = Plan(
        id="p1",
        shift="day",
        on=date(2026, 11, 23),
        start=NOON,
        end=NOON + timedelta(hours=8),
        engine="local",
        seed=1,
        made=NOON,
        value=1.0,
        coverage_share=1.0,
        bound=1.0,
        routes=(route,),
        unserved=(),
        verdict=Verdict((), 1.0),
    )
    services.plans.save_plan(plan)
    services.plans.publish("p1")


def test_a_unit_off_duty_leaves_no_trace(services: Services) -> None:
    taken = take_fixes(services, UNIT, [fix(-5)])
    assert (taken.kept, taken.added) == (0, 0)
    assert "off duty" in taken.refused[0].reason
    assert services.fixes.count() == 0
    assert services.board.list_units() == []
    assert services.stream.read(START) == []


def test_a_fix_is_on_disk_on_the_board_and_told(services: Services, hands: Hands) -> None:
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    hands.forward(10)
    taken = take_fixes(services, UNIT, [fix(8, 10, 1), fix(3, 5, 0)])
    assert (taken.kept, taken.added, taken.refused) == (2, 2, ())
    assert services.fixes.list_track("F01", NOON, hands.now) == (fix(3, 5, 0), fix(8, 10, 1))
    state = services.board.find_unit("F01")
    assert state is not None
    assert (state["lon"], state["time"], state["seen"]) == (
        fix(8, 10).place.lon,
        NOON.timestamp() + 8,
        NOON.timestamp() + 10,
    )
    events = services.stream.read(START)
    assert [event.kind for event in events] == [EventKind.UNIT_MOVED]
    assert events[0].data == {"units": [state], "since": {"F01": NOON.timestamp() + 3}}


def test_a_repeated_batch_adds_and_tells_nothing(services: Services, hands: Hands) -> None:
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    hands.forward(10)
    batch = [fix(8, 10, 1), fix(3, 5, 0)]
    take_fixes(services, UNIT, batch)
    again = take_fixes(services, UNIT, batch)
    assert (again.kept, again.added) == (2, 0)
    assert len(services.stream.read(START)) == 1


def test_a_late_batch_fills_the_track_and_leaves_the_marker(
    services: Services, hands: Hands
) -> None:
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    hands.forward(600)
    take_fixes(services, UNIT, [fix(590, 100)])
    take_fixes(services, UNIT, [fix(100, 20), fix(110, 30)])
    assert [one.time.second for one in services.fixes.list_track("F01", NOON, hands.now)] == [
        40,
        50,
        50,
    ]
    state = services.board.find_unit("F01")
    assert state is not None
    assert state["time"] == NOON.timestamp() + 590


def test_positions_are_kept_while_redis_is_away(services: Services, hands: Hands) -> None:
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    hands.forward(10)
    away = connect_nowhere(services)
    assert take_fixes(away, UNIT, [fix(5)]).added == 1
    assert services.fixes.count() == 1


def connect_nowhere(services: Services) -> Services:
    from patrol.bus.board import LiveBoard  # noqa: PLC0415
    from patrol.bus.connect import connect_bus  # noqa: PLC0415
    from patrol.bus.stream import EventStream  # noqa: PLC0415

    bus = connect_bus("redis://127.0.0.1:1/0", Path())
    return replace(services, board=LiveBoard(bus.client), stream=EventStream(bus.client, 1_000))


def test_a_silent_unit_goes_stale_is_lost_and_comes_back(services: Services, hands: Hands) -> None:
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    take_fixes(services, UNIT, [fix(0)])
    assert watch_signals(services) == 0
    signals = []
    for seconds in (95, 300):
        hands.forward(seconds)
        watch_signals(services)
        state = services.board.find_unit("F01")
        assert state is not None
        signals.append(state["signal"])
    take_fixes(services, UNIT, [fix(390, 20)])
    watch_signals(services)
    state = services.board.find_unit("F01")
    assert state is not None
    assert [*signals, state["signal"]] == ["stale", "lost", "live"]
    alerts = [e.data for e in services.stream.read(START) if e.kind is EventKind.ALERT_RAISED]
    assert alerts == [{"kind": "lost", "unit_id": "F01"}]


def test_the_board_is_restored_from_the_database(services: Services, hands: Hands) -> None:
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    hands.forward(10)
    take_fixes(services, UNIT, [fix(5, 10)])
    services.redis.flushall()
    assert restore_board(services) == 1
    state = services.board.find_unit("F01")
    assert state is not None
    assert (state["lon"], state["status"]) == (fix(5, 10).place.lon, "patrol")
    assert restore_board(services) == 0


def test_walking_past_a_planned_hotspot_is_a_pass(services: Services, hands: Hands) -> None:
    publish_plan(services, (95.0, 400.0))
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    watch = PassWatch(services)
    for second in range(0, 300, 10):
        hands.now = NOON + timedelta(seconds=second)
        take_fixes(services, UNIT, [fix(second, second)])
        watch.step()
    found = services.passes.list_passes(NOON, NOON + timedelta(hours=1))
    expected = Pass(
        "F01",
        "h0",
        NOON + timedelta(seconds=70),
        NOON + timedelta(seconds=140),
        planned=True,
    )
    assert found == (expected,)
    told = [e.data for e in services.stream.read(START) if e.kind is EventKind.PASS_SEEN]
    assert [(one["hotspot_id"], one["ended"]) for one in told] == [("h0", False), ("h0", True)]


def test_a_late_batch_gives_the_passes_that_an_undisturbed_track_gives(
    services: Services, hands: Hands
) -> None:
    publish_plan(services, (95.0, 255.0))
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    track = [fix(second, second) for second in range(0, 400, 10)]
    watch = PassWatch(services)
    hands.forward(400)
    take_fixes(services, UNIT, track[:9] + track[30:])
    watch.step()
    first = services.passes.list_passes(NOON, NOON + timedelta(hours=1))
    take_fixes(services, UNIT, track[9:30])
    watch.step()
    late = services.passes.list_passes(NOON, NOON + timedelta(hours=1))
    again = PassWatch(services)
    again.step()
    assert services.passes.list_passes(NOON, NOON + timedelta(hours=1)) == late
    assert first != late
    assert [(one.hotspot_id, (one.end - one.start).seconds) for one in late] == [
        ("h0", 70),
        ("h1", 70),
    ]


def test_old_positions_are_deleted_and_young_ones_stay(services: Services, hands: Hands) -> None:
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    take_fixes(services, UNIT, [fix(-60), fix(0)])
    hands.forward(86_400 - 30)
    assert drop_old(services).fixes == 1
    assert services.fixes.list_track("F01", NOON - timedelta(days=1), hands.now) == (fix(0),)


def test_one_of_two_keepers_leads_and_the_other_takes_over(
    services: Services, hands: Hands
) -> None:
    services.units.save_status("F01", UnitStatus.PATROL, NOON)
    take_fixes(services, UNIT, [fix(0)])
    hands.forward(100)
    first, second = Keeper(services), Keeper(services)
    first.beat(0.0)
    state = services.board.find_unit("F01")
    assert state is not None
    assert state["signal"] == "stale"
    hands.forward(300)
    second.beat(1.0)
    state = services.board.find_unit("F01")
    assert state is not None
    assert state["signal"] == "stale", "the second must not work while the first leads"
    first.beat(2.0)
    state = services.board.find_unit("F01")
    assert state is not None
    assert state["signal"] == "lost"
    assert first.failures == second.failures == 0
