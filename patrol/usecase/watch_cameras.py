"""Turn what cameras say into alerts: counts far off usual, notices of rules, feeds in trouble.

One process, the leading keeper, watches. What is live is in the database, so that the next leader
goes on where this one stopped.
"""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from patrol.bus.stream import START
from patrol.live.usual import STAY_SHARE, Usual, is_far_off
from patrol.model.alert import NOTICED, AlertKind, CameraAlert
from patrol.model.camera import CameraState
from patrol.model.event import Event, EventKind, Seq
from patrol.usecase.alerts import tell_alerts
from patrol.usecase.services import Services
from patrol.usecase.usual_levels import Rule, learn_usual, list_zones, seen_sums

log = logging.getLogger(__name__)

WELL = frozenset({CameraState.ONLINE, CameraState.CONNECTING, CameraState.DISABLED})
LOOK_BACK_MS = 120_000
"""Notices of a time without a leader that are still taken up."""
LEVELS_EVERY = timedelta(seconds=10)
Subject = tuple[str, AlertKind, str]


@dataclass(slots=True)
class CameraWatch:
    """Opens, carries on and ends alerts; call :meth:`step` about once a second."""

    services: Services
    _live: dict[Subject, CameraAlert] = field(default_factory=dict)
    _seq: Seq | None = None
    _epochs: dict[str, int] = field(default_factory=dict)
    _levels_due: datetime | None = None
    _usual_hour: datetime | None = None
    _usual: dict[Rule, Usual] = field(default_factory=dict)

    def step(self) -> int:
        """Look at what is new; how many alerts changed.

        Raises
        ------
        OutsideError
            If database or Redis are away; the next step takes up where this one stopped.
        """
        now = self.services.clock()
        # Read anew each time: the desk acknowledges meanwhile, and that must not be undone.
        self._live = {alert.subject: alert for alert in self.services.alerts.list_live()}
        changed = self._take_notices() + self._take_states(now)
        if self._levels_due is None or now >= self._levels_due:
            self._levels_due = now + LEVELS_EVERY
            changed += self._take_levels(now)
        changed += self._end_notices(now)
        tell_alerts(self.services, changed)
        return len(changed)

    # ---- notices of rules ----------------------------------------------------------------

    def _take_notices(self) -> list[CameraAlert]:
        changed = []
        for event in self._new_events():
            data = event.data
            camera_id, epoch = str(data["camera_id"]), int(data["epoch"])
            if epoch < self._epochs.get(camera_id, epoch):
                continue  # A worker that has lost the camera.
            self._epochs[camera_id] = epoch
            at = datetime.fromisoformat(str(data["at"]))
            kind = AlertKind(str(data["kind"]))
            alert = self._noticed(camera_id, kind, str(data["rule"]), at, float(data["count"]))
            if alert is not None:
                changed.append(alert)
        return changed

    def _new_events(self) -> Iterable[Event]:
        stream = self.services.stream
        if self._seq is None or (self._seq != START and stream.oldest() > self._seq):
            # By the stream's own clock, which need not agree with ours.
            self._seq = Seq(max(0, stream.newest().ms - LOOK_BACK_MS), 0)
        while events := stream.read(self._seq):
            self._seq = events[-1].seq
            yield from (event for event in events if event.kind is EventKind.CAMERA_NOTICED)

    def _noticed(
        self, camera_id: str, kind: AlertKind, rule: str, at: datetime, count: float
    ) -> CameraAlert | None:
        known = self._live.get((camera_id, kind, rule))
        if known is None:
            return self._open(CameraAlert(_new_id(), camera_id, kind, at, at, rule, count))
        if at <= known.newest:
            return None  # Taken up before, by us or by the leader before us.
        again = replace(
            known, newest=at, ended=None, value=max(known.value, count), times=known.times + 1
        )
        return self._carry_on(again)

    def _end_notices(self, now: datetime) -> list[CameraAlert]:
        settings = self.services.config.cameras.alerts
        quiet, kept = timedelta(seconds=settings.quiet_s), timedelta(minutes=settings.keep_min)
        changed = []
        for alert in list(self._live.values()):
            if alert.kind not in NOTICED:
                continue
            if alert.ended is None and now - alert.newest >= quiet:
                done = now if alert.acknowledged is not None else None
                changed.append(self._carry_on(replace(alert, ended=alert.newest, done=done)))
            elif alert.ended is not None and now - alert.ended >= kept:
                changed.append(self._carry_on(replace(alert, done=now)))
        return changed

    # ---- feeds in trouble ----------------------------------------------------------------

    def _take_states(self, now: datetime) -> list[CameraAlert]:
        patience = timedelta(seconds=self.services.config.cameras.alerts.trouble_s)
        enabled = {one.id for one in self.services.cameras.list_cameras() if one.enabled}
        changed = []
        for health in self.services.cameras.list_health():
            known = self._live.get((health.camera_id, AlertKind.TROUBLE, ""))
            well = health.state in WELL or health.camera_id not in enabled
            if known is not None and well:
                changed.append(self._end(known, now))
            elif known is not None and known.state is not health.state:
                changed.append(self._carry_on(replace(known, newest=now, state=health.state)))
            elif known is None and not well and now - health.since >= patience:
                alert = CameraAlert(
                    *(_new_id(), health.camera_id, AlertKind.TROUBLE, health.since, now),
                    state=health.state,
                )
                changed.append(self._open(alert))
        return changed

    # ---- counts far off usual ------------------------------------------------------------

    def _take_levels(self, now: datetime) -> list[CameraAlert]:
        settings = self.services.config.cameras.alerts
        window = timedelta(minutes=settings.window_min)
        self._learn(now)
        zones = list_zones(self.services)
        seen = self.services.counts.sum_rules(now - window, now)
        changed = []
        for rule, usual in self._usual.items():
            mean = rule in zones
            level = seen_sums(seen.get(rule), mean=mean).level(window.total_seconds(), mean=mean)
            changed += self._judge(rule, level, usual, mean=mean, now=now)
        for subject, alert in list(self._live.items()):
            unknown = (alert.camera_id, alert.rule) not in self._usual
            if subject[1] in (AlertKind.HIGH, AlertKind.LOW) and unknown:
                changed.append(self._end(alert, now))
        return changed

    def _judge(
        self, rule: Rule, level: float | None, usual: Usual, *, mean: bool, now: datetime
    ) -> list[CameraAlert]:
        settings = self.services.config.cameras.alerts
        window_s = settings.window_min * 60.0
        least = settings.least_people if mean else settings.least_per_h
        changed = []
        for kind in (AlertKind.HIGH, AlertKind.LOW):
            known = self._live.get((rule[0], kind, rule[1]))
            this_way = level is not None and (level > usual.level) == (kind is AlertKind.HIGH)
            # What has begun goes on until it is clearly over: no flutter at the limit.
            part = 1.0 if known is None else STAY_SHARE
            far = (
                level is not None
                and this_way
                and is_far_off(
                    *(level, usual, window_s),
                    mean=mean,
                    limit=settings.deviations * part,
                    least=least * part,
                )
            )
            if level is not None and far and known is None:
                alert = CameraAlert(
                    *(_new_id(), rule[0], kind, now, now, rule[1], round(level, 1)),
                    usual=round(usual.level, 1),
                )
                changed.append(self._open(alert))
            elif level is not None and far and known is not None:
                value, middle = round(level, 1), round(usual.level, 1)
                if (value, middle) != (known.value, known.usual):
                    course = replace(known, newest=now, value=value, usual=middle)
                    changed.append(self._carry_on(course))
            elif known is not None:
                # Back to usual, or the feed is away: then nothing is known, and that is news of
                # its own.
                changed.append(self._end(known, now))
        return changed

    def _learn(self, now: datetime) -> None:
        """Learn what is usual at this hour of the week, once an hour."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour == self._usual_hour:
            return
        learned = learn_usual(self.services, hour)
        self._usual = {rule: one.usual for rule, one in learned.items()}
        self._usual_hour = hour

    # ---- keeping -------------------------------------------------------------------------

    def _open(self, alert: CameraAlert) -> CameraAlert:
        self.services.alerts.add_alerts([alert])
        self._live[alert.subject] = alert
        log.info("camera %s: alert %s %s", alert.camera_id, alert.kind, alert.state or alert.rule)
        return alert

    def _carry_on(self, alert: CameraAlert) -> CameraAlert:
        self.services.alerts.update_course(alert)
        if alert.done is None:
            self._live[alert.subject] = alert
        else:
            self._live.pop(alert.subject, None)
        return alert

    def _end(self, alert: CameraAlert, now: datetime) -> CameraAlert:
        """Over, and nobody needs to see it: a feed that is back, a street that is as usual."""
        return self._carry_on(replace(alert, newest=now, ended=now, done=now))


def _new_id() -> str:
    return f"c-{secrets.token_hex(8)}"
