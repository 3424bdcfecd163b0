"""The keeper: passes, silent units and retention. Many may run; one of them leads."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from patrol.bus.lease import Lease
from patrol.model.errors import OutsideError, PatrolError
from patrol.usecase.find_passes import PassWatch
from patrol.usecase.retention import drop_old, seal_tracks
from patrol.usecase.services import Services
from patrol.usecase.watch import restore_board, watch_signals
from patrol.usecase.watch_cameras import CameraWatch

log = logging.getLogger(__name__)

BEAT_S = 1.0
"""How often the keeper looks round."""

LEASE_S = 5.0
"""A keeper that is silent for so long is followed by another one."""

PASSES_S = 2.0
RESTORE_S = 10.0
SEAL_S = 300.0
RETENTION_S = 3_600.0


@dataclass(slots=True)
class _Duty:
    """One thing the leader does again and again."""

    name: str
    every_s: float
    run: Callable[[], object]
    due_s: float = 0.0
    failed: bool = False


class Keeper:
    """Leads while it holds the lease; otherwise waits for its turn.

    ``failures`` counts what went wrong, for whoever watches the process.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lease = Lease(services.redis, "keeper", LEASE_S)
        self._leads = False
        self._duties: list[_Duty] = []
        self.failures = 0

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set, then let the next keeper lead at once."""
        while not stop.is_set():
            began_s = time.monotonic()
            self.beat(began_s)
            stop.wait(max(0.0, BEAT_S - (time.monotonic() - began_s)))
        try:
            self._lease.release()
        except OutsideError as error:
            log.info("keeper: lease not released, it runs out in %g s: %s", LEASE_S, error)

    def beat(self, now_s: float) -> None:
        """Take or renew the lease, and do what is due; ``now_s`` is a monotonic time."""
        try:
            leads = self._lease.hold()
        except OutsideError as error:
            if self._leads:
                log.warning("keeper: Redis is away, not leading: %s", error)
            self._leads = False
            return
        if leads and not self._leads:
            self._duties = self._new_duties()
        self._leads = leads
        if not leads:
            return
        for duty in self._duties:
            if now_s >= duty.due_s:
                duty.due_s = now_s + duty.every_s
                self._run(duty)

    def _new_duties(self) -> list[_Duty]:
        # Made anew at each turn: what was remembered from an earlier one is out of date.
        passes = PassWatch(self._services)
        cameras = CameraWatch(self._services)
        return [
            _Duty("board", RESTORE_S, lambda: restore_board(self._services)),
            _Duty("signals", BEAT_S, lambda: watch_signals(self._services)),
            _Duty("passes", PASSES_S, passes.step),
            _Duty("cameras", BEAT_S, cameras.step),
            _Duty("sealing", SEAL_S, lambda: seal_tracks(self._services)),
            _Duty("retention", RETENTION_S, lambda: drop_old(self._services)),
        ]

    def _run(self, duty: _Duty) -> None:
        try:
            duty.run()
        except PatrolError as error:
            self.failures += 1
            if not duty.failed:
                log.warning(
                    "keeper: %s failed, trying again each %g s: %s", duty.name, duty.every_s, error
                )
            duty.failed = True
        except Exception:
            self.failures += 1
            duty.failed = True
            log.exception("keeper: %s failed", duty.name)
        else:
            if duty.failed:
                log.warning("keeper: %s works again", duty.name)
            duty.failed = False
