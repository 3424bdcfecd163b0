"""Alerts of cameras with a real database and a real Valkey, on a clock of the test's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patrol.app import opened
from patrol.bus.stream import START
from patrol.model.alert import AlertKind, CameraAlert
from patrol.model.camera import (
    Camera,
    CameraHealth,
    CameraState,
    Count,
    Notice,
    ObjectClass,
    Rule,
    RuleKind,
)
from patrol.model.event import EventKind
from patrol.model.place import Place
from patrol.usecase.access import Caller
from patrol.usecase.alerts import acknowledge_alert, list_alerts, send_unit_to_alert
from patrol.usecase.fold_counts import Seen, fold_notices
from patrol.usecase.services import Services
from patrol.usecase.watch_cameras import CameraWatch

NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
MINUTE = timedelta(minutes=1)
GATE = Rule("gate", RuleKind.LINE, ((0.0, 0.0), (9.0, 9.0)))
SQUARE = Rule("square", RuleKind.ZONE, ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0)))
DING = Caller("ding", None)


@dataclass(slots=True)
class Hand:
    """A clock whose hand the test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def services(tmp_path: Path, clock: Hand) -> Iterator[Services]:
    path = tmp_path / "config.yaml"
    path.write_text("storage: {data_dir: data}\n")
    with opened(path, clock=clock) as made:
        camera = Camera("K1", "市场", Place(120.1, 30.1), "rtsp://10.0.0.1/1", rules=(GATE, SQUARE))
        made.cameras.save_cameras([camera])
        yield made


def passers(services: Services, start: datetime, minutes: int, per_min: float) -> None:
    """Counts of a stretch of watching."""
    services.counts.add_counts(
        [
            Count("K1", "gate", start + n * MINUTE, 60, ObjectClass.OBJECT, "left_to_right", value)
            for n, value in enumerate([per_min] * minutes)
        ],
        epoch=1,
    )


def five_usual_weeks(services: Services, per_min: float = 2.0) -> None:
    hour = NOW.replace(minute=0)
    for week in range(1, 6):
        passers(services, hour - timedelta(weeks=week), 60, per_min)


def live(services: Services) -> list[CameraAlert]:
    return list(services.alerts.list_live())


def test_a_crowd_far_above_the_usual_is_news_until_it_is_usual_again(
    services: Services, clock: Hand
) -> None:
    five_usual_weeks(services)
    passers(services, NOW - 5 * MINUTE, 5, 20.0)
    watch = CameraWatch(services)
    watch.step()
    (alert,) = live(services)
    assert (alert.kind, alert.rule, alert.value, alert.usual) == (
        *(AlertKind.HIGH, "gate"),
        *(1_200.0, 120.0),
    )
    told = [
        e.data["alert"] for e in services.stream.read(START) if e.kind is EventKind.ALERT_CHANGED
    ]
    assert [one["id"] for one in told] == [alert.id]
    clock.now = NOW + 10 * MINUTE
    passers(services, NOW + 5 * MINUTE, 5, 2.0)
    watch.step()
    assert live(services) == []
    assert services.alerts.get_alert(alert.id).done == clock.now


def test_a_gap_is_no_low_count(services: Services) -> None:
    five_usual_weeks(services, per_min=30.0)
    CameraWatch(services).step()
    assert live(services) == []
    passers(services, NOW - 5 * MINUTE, 5, 0.0)
    CameraWatch(services).step()
    assert [alert.kind for alert in live(services)] == [AlertKind.LOW]


def test_what_varies_by_itself_raises_nothing(services: Services) -> None:
    hour = NOW.replace(minute=0)
    for week, per_min in enumerate((5.0, 20.0, 9.0, 28.0, 14.0), start=1):
        passers(services, hour - timedelta(weeks=week), 60, per_min)
    passers(services, NOW - 5 * MINUTE, 5, 24.0)
    CameraWatch(services).step()
    assert live(services) == []


def notice(at: datetime, count: int = 12, epoch: int = 3) -> Seen:
    return Seen(epoch, Notice("K1", "square", RuleKind.CROWDING, at, count))


def test_notices_of_one_rule_are_one_alert_that_waits_for_somebody(
    services: Services, clock: Hand
) -> None:
    watch = CameraWatch(services)
    watch.step()
    fold_notices(services.stream, [notice(NOW), notice(NOW + MINUTE, 15)])
    watch.step()
    (alert,) = live(services)
    assert (alert.kind, alert.times, alert.value) == (AlertKind.CROWDING, 2, 15.0)
    # Over, but nobody has seen it.
    clock.now = NOW + 10 * MINUTE
    watch.step()
    assert live(services)[0].ended == NOW + MINUTE
    acknowledge_alert(services, DING, alert.id)
    assert live(services) == []
    acknowledge_alert(services, DING, alert.id)
    actions = [line.entry.action for line in services.audit.list(10)]
    assert actions.count("alert.acknowledged") == 1
    (told,) = list_alerts(services, 10, "K1", named=True)
    assert (told["acknowledged_by"], told["done"]) == ("ding", told["acknowledged"])
    assert "acknowledged_by" not in list_alerts(services, 10)[0]
    assert list_alerts(services, 10, "K2", named=True) == []


def test_an_event_that_nobody_notes_leaves_in_the_end(services: Services, clock: Hand) -> None:
    watch = CameraWatch(services)
    fold_notices(services.stream, [notice(NOW)])
    watch.step()
    clock.now = NOW + 3 * MINUTE
    watch.step()
    clock.now = NOW + 40 * MINUTE
    watch.step()
    assert live(services) == []


def test_a_worker_that_lost_its_camera_is_not_believed(services: Services) -> None:
    watch = CameraWatch(services)
    watch.step()
    fold_notices(services.stream, [notice(NOW, epoch=4), notice(NOW + MINUTE, 99, epoch=3)])
    watch.step()
    assert live(services)[0].value == 12.0


def test_the_next_leader_goes_on_and_counts_nothing_twice(services: Services) -> None:
    fold_notices(services.stream, [notice(NOW)])
    CameraWatch(services).step()
    CameraWatch(services).step()
    assert [alert.times for alert in live(services)] == [1]


def test_trouble_of_a_feed_is_news_with_since_when_and_leaves_when_it_is_back(
    services: Services, clock: Hand
) -> None:
    watch = CameraWatch(services)
    services.cameras.save_health(CameraHealth("K1", CameraState.FROZEN, NOW - timedelta(seconds=5)))
    watch.step()
    assert live(services) == []
    clock.now = NOW + timedelta(seconds=20)
    watch.step()
    (alert,) = live(services)
    assert (alert.state, alert.opened) == (CameraState.FROZEN, NOW - timedelta(seconds=5))
    services.cameras.save_health(CameraHealth("K1", CameraState.NO_SIGNAL, clock.now))
    watch.step()
    assert [(one.id, one.state) for one in live(services)] == [(alert.id, CameraState.NO_SIGNAL)]
    services.cameras.save_health(CameraHealth("K1", CameraState.ONLINE, clock.now))
    watch.step()
    assert live(services) == []


def test_an_acknowledgement_outlives_the_watchs_next_look(services: Services, clock: Hand) -> None:
    watch = CameraWatch(services)
    fold_notices(services.stream, [notice(NOW)])
    watch.step()
    alert_id = live(services)[0].id
    acknowledge_alert(services, DING, alert_id)
    fold_notices(services.stream, [notice(NOW + MINUTE)])
    watch.step()
    kept = services.alerts.get_alert(alert_id)
    assert (kept.acknowledged, kept.times, kept.done) == (NOW, 2, None)


def test_sending_a_unit_makes_one_incident_at_the_cameras_place(services: Services) -> None:
    watch = CameraWatch(services)
    fold_notices(services.stream, [notice(NOW)])
    watch.step()
    alert_id = live(services)[0].id
    first, alert = send_unit_to_alert(services, DING, alert_id)
    second, _ = send_unit_to_alert(services, DING, alert_id)
    assert first["id"] == second["id"] == alert["incident_id"]
    assert (first["kind"], first["source"], first["address"]) == ("crowd", "camera", "市场")
    assert (first["lon"], first["lat"]) == (120.1, 30.1)
    assert alert["acknowledged"] is not None
