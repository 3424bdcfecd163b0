"""The camera worker: its fair share of the cameras, as long as their leases are its own."""

import logging
import os
import queue
import secrets
import socket
import threading
from dataclasses import dataclass
from typing import TypeVar

from patrol.bus.lease import CameraLeases
from patrol.camera.feed import Sink
from patrol.camera.loop import Order
from patrol.camera.onnx import OnnxDetector
from patrol.model.camera import Camera, CameraHealth, CameraState, Count, Notice
from patrol.model.errors import OutsideError
from patrol.usecase.ask_still import serve_stills
from patrol.usecase.fold_counts import Counted, Seen, fold_counts, fold_health, fold_notices
from patrol.usecase.services import Services
from patrol.worker.isolate import IsolatedCameras

log = logging.getLogger(__name__)

LEASE_S = 2.8
BEAT_S = 0.7
"""A dead worker's lease ends within 2.8 s, and is seen by another's next beat: 3.5 s at most, and a
moment to connect. Three beats may be missed before a lease is lost."""

MOST_PENDING = 50_000

_Item = TypeVar("_Item")


@dataclass(slots=True)
class _Inbox:
    """What the loop's thread hands to the worker's."""

    counts: "queue.SimpleQueue[list[Count]]"
    states: "queue.SimpleQueue[CameraHealth]"
    notices: "queue.SimpleQueue[Notice]"


class CameraWorker:
    """One process that watches cameras.

    Parameters
    ----------
    services
        Inventory, stores and bus.
    worker_id
        Different for every process that ever runs; by default made up.
    """

    def __init__(self, services: Services, worker_id: str | None = None) -> None:
        self._services = services
        made_up = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.worker_id = worker_id or made_up
        self._leases = CameraLeases(services.redis, self.worker_id, LEASE_S)
        self._inbox = _Inbox(queue.SimpleQueue(), queue.SimpleQueue(), queue.SimpleQueue())
        self._epochs: dict[str, int] = {}
        self._known: dict[str, Camera] = {}
        self._disabled: set[str] = set()
        self._pending: list[Counted] = []
        self._states: list[CameraHealth] = []
        self._notices: list[Seen] = []
        self._lost_bus = False
        inbox = self._inbox
        sink = Sink(inbox.counts.put, inbox.states.put, inbox.notices.put)
        config = services.config.cameras
        if config.model is not None:
            # A model that cannot be used is told here, where whoever started us reads it.
            OnnxDetector(config.model, config.classes)
        self._loop = IsolatedCameras(config, services.secrets.named, sink, services.clock)

    def run(self, stop: threading.Event) -> None:
        """Watch until ``stop`` is set, then give everything back."""
        log.info("camera worker %s started", self.worker_id)
        stills = self._serve_stills(stop)
        try:
            while not stop.is_set():
                self.turn()
                stop.wait(BEAT_S)
        finally:
            stop.set()
            if stills is not None:
                stills.join()
            self._loop.stop()
            self._try_fold()
            self._leave()
            log.info("camera worker %s stopped", self.worker_id)

    def _serve_stills(self, stop: threading.Event) -> threading.Thread | None:
        if not self._services.config.cameras.stills:
            return None
        give = (self._services, self._loop.still, stop)
        thread = threading.Thread(target=serve_stills, args=give, name="stills", daemon=True)
        thread.start()
        return thread

    def turn(self) -> None:
        """One round: renew leases, follow the inventory, commit what was counted."""
        try:
            self._follow()
        except OutsideError as error:
            self._note_bus(str(error))
        else:
            self._note_bus("")
        held = self._leases.held()
        if set(held) != set(self._epochs) or any(self._epochs[c] != e for c, e in held.items()):
            log.info("camera worker %s watches %d cameras", self.worker_id, len(held))
        # Feeds of lost cameras end first, so that what they counted still goes under our epoch;
        # the store drops it where somebody else has counted under a higher one.
        self._loop.watch({camera: self._order(camera) for camera in held if camera in self._known})
        self._try_fold()
        self._epochs = held

    def _follow(self) -> None:
        cameras = self._services.cameras.list_cameras()
        local = self._services.clock().astimezone(self._services.config.county.zone).time()
        self._known = {camera.id: camera for camera in cameras if camera.is_on_at(local)}
        self._leases.beat(sorted(self._known))
        # Out of its hours a camera is as good as switched off.
        disabled = {camera.id for camera in cameras} - set(self._known)
        for camera_id in disabled - self._disabled:
            self._tell_disabled(camera_id)
        self._disabled = disabled

    def _tell_disabled(self, camera_id: str) -> None:
        states = {health.camera_id: health.state for health in self._services.cameras.list_health()}
        if states.get(camera_id) is not CameraState.DISABLED:
            now = self._services.clock()
            self._inbox.states.put(CameraHealth(camera_id, CameraState.DISABLED, now))

    def _order(self, camera_id: str) -> Order:
        camera = self._known[camera_id]
        found = self._services.secrets.find(camera.secret) if camera.secret else None
        user, _, password = (found or "").partition(":")
        return Order(_as_watched(camera), (user, password) if found else None)

    def _try_fold(self) -> None:
        try:
            self._fold()
        except OutsideError as error:
            log.warning("camera worker %s: counts wait: %s", self.worker_id, error)

    def _fold(self) -> None:
        """Commit what came in; what cannot be committed now waits for the next turn."""
        # Notices are taken first: the counts that hold them came before them and are taken as well.
        self._notices.extend(
            Seen(self._epochs[notice.camera_id], notice)
            for notice in _drained(self._inbox.notices)
            if notice.camera_id in self._epochs
        )
        self._pending.extend(
            Counted(self._epochs[counts[0].camera_id], counts)
            for counts in _drained(self._inbox.counts)
            if counts[0].camera_id in self._epochs
        )
        self._states.extend(_drained(self._inbox.states))
        # A feed repeats its open minute, so an hour of waiting is bounded by dropping the oldest.
        for waiting in (self._pending, self._states, self._notices):
            del waiting[:-MOST_PENDING]
        if self._pending:
            fold_counts(self._services.counts, self._services.stream, self._pending)
            self._pending.clear()
        if self._notices:
            fold_notices(self._services.stream, self._notices)
            self._notices.clear()
        if self._states:
            fold_health(self._services.cameras, self._services.stream, self._states)
            self._states.clear()

    def _leave(self) -> None:
        try:
            self._leases.leave(sorted(self._known))
        except OutsideError as error:
            log.warning("camera worker %s: leases run out by themselves: %s", self.worker_id, error)

    def _note_bus(self, why: str) -> None:
        if why and not self._lost_bus:
            log.warning("camera worker %s: cannot renew leases: %s", self.worker_id, why)
        elif not why and self._lost_bus:
            log.info("camera worker %s: leases are renewed again", self.worker_id)
        self._lost_bus = bool(why)


def _as_watched(camera: Camera) -> Camera:
    """The camera with what a feed depends on: a new name or tag must not end a connection."""
    return Camera(camera.id, camera.id, camera.place, camera.url, rules=camera.rules)


def _drained(source: "queue.SimpleQueue[_Item]") -> "list[_Item]":
    items = []
    while True:
        try:
            items.append(source.get_nowait())
        except queue.Empty:
            return items
