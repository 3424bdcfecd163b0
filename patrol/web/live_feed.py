"""One thread a web process: tails the event stream and sends one frame a tick to each room."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from patrol.model.errors import PatrolError
from patrol.model.event import Seq
from patrol.usecase.access import Caller, find_session_by_hash
from patrol.usecase.services import Services
from patrol.web.live_fold import (
    Changes,
    Message,
    Picture,
    View,
    fold,
    make_beat,
    make_delta,
    make_snapshot,
)
from patrol.web.live_socket import FrameSocket, make_close, make_frame
from patrol.web.live_state import LiveState

log = logging.getLogger(__name__)

NAMESPACE = "/live"
BEAT_S = 5.0
RECHECK_S = 60.0
"""How often every open socket's session is looked at again, should the event have been lost."""

BATCH = 5_000
SIGNED_OUT = 4401
"""Close code: the session has ended."""


@dataclass(slots=True)
class Client:
    """One connected page. ``fresh`` means it needs a snapshot before any delta."""

    sid: str
    caller: Caller
    view: View
    connection: FrameSocket | None
    ready: bool = False
    fresh: bool = True


class Delivery(Protocol):
    """How messages get to clients: frames that are built once, or the stock ``emit``."""

    def send(self, clients: Sequence[Client], message: Message) -> list[Client]:
        """Send to all without waiting; returns those that could not take it."""


class FrameOnce:
    """Builds the finished frame once and writes the same bytes to every socket."""

    def send(self, clients: Sequence[Client], message: Message) -> list[Client]:
        """Write to each; a client with half a frame still to read misses this one."""
        frame = make_frame(message.encode(NAMESPACE))
        return [
            client
            for client in clients
            if client.connection is None or not client.connection.offer(frame)
        ]


class StockEmit:
    """Flask-SocketIO's own ``emit``, should the private names that frames need have moved."""

    def __init__(self, emit: Callable[..., None]) -> None:
        self._emit = emit

    def send(self, clients: Sequence[Client], message: Message) -> list[Client]:
        """Queue it for all of them in one call, which encodes it once."""
        missed = [
            one for one in clients if one.connection is not None and one.connection.tail_bytes
        ]
        ready = [one.sid for one in clients if one not in missed]
        if ready:
            self._emit(message.event, message.payload, namespace=NAMESPACE, to=ready)
        return missed


class LiveFeed:
    """The rooms, who is in them, and the thread that feeds them.

    Everything that is sent is sent by this one thread, so a snapshot and the deltas after it
    cannot overtake each other: a client that joins waits for the next tick's snapshot.
    """

    def __init__(
        self,
        services: Services,
        delivery: Delivery,
        disconnect: Callable[[str], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services = services
        self._delivery = delivery
        self._disconnect = disconnect
        self._monotonic = monotonic
        self._state = LiveState(services)
        self._clients: dict[str, Client] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._read: Seq | None = None
        # By view: what an officer's unit does not concern makes no frame, so rooms differ.
        self._sent: dict[View, Seq] = {}
        self._changes = Changes()
        self._beat_s = self._recheck_s = monotonic()
        self._deaf = False

    # ---- called by the socket handlers ----

    def join(self, client: Client) -> None:
        """Take a client in; nothing is sent before :meth:`ready`."""
        with self._lock:
            self._clients[client.sid] = client
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="live-feed", daemon=True)
                self._thread.start()

    def ready(self, connection: FrameSocket) -> None:
        """The namespace was acknowledged on this connection: its snapshot may follow."""
        with self._lock:
            for client in self._clients.values():
                if client.connection is connection:
                    client.ready = True

    def resync(self, sid: str) -> None:
        """Send this client a snapshot at the next tick."""
        with self._lock:
            if sid in self._clients:
                self._clients[sid].fresh = True

    def leave(self, sid: str) -> None:
        """Forget a client."""
        with self._lock:
            self._clients.pop(sid, None)

    def find(self, sid: str) -> Client | None:
        """The client of this session id."""
        with self._lock:
            return self._clients.get(sid)

    @property
    def count(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    def stop(self) -> None:
        """Stop the thread and end every connection, so that the process can end."""
        self._stop.set()
        for client in self._list():
            if client.connection is not None:
                client.connection.finish(make_close(1001, "the server is going away"))

    # ---- the thread ----

    def _run(self) -> None:
        tick_s = self._services.config.live.tick_ms / 1000
        while not self._stop.wait(tick_s):
            try:
                self.tick()
            except PatrolError as error:
                self._note(deaf=True, said=str(error))
            except Exception:
                # The outer loop of a worker thread: whatever one tick met, the next one runs.
                log.exception("live feed: a tick failed")
            else:
                self._note(deaf=False, said="")

    def _note(self, *, deaf: bool, said: str) -> None:
        if deaf and not self._deaf:
            log.warning("live feed: deaf, maps go stale: %s", said)
        elif self._deaf and not deaf:
            log.warning("live feed: hears again, sending snapshots")
            for client in self._list():
                client.fresh = True
        self._deaf = deaf

    def tick(self) -> None:
        """Read what happened, send what changed, and snapshots to those that need one.

        Raises
        ------
        OutsideError
            If Redis or the database is away; nothing is lost, the next tick goes on from here.
        """
        before = self._read
        if before is None:
            before = self._read = self._services.stream.newest()
        self._drain(before)
        changes, now_s = self._changes, self._monotonic()
        if changes.users or now_s - self._recheck_s >= RECHECK_S:
            self._recheck(changes.users if now_s - self._recheck_s < RECHECK_S else None)
            changes.users.clear()
        if changes.shows:
            self._send_delta(self._state.read_changes(changes))
            self._changes = Changes()
        if now_s - self._beat_s >= BEAT_S:
            self._beat_s = now_s
            self._beat()
        self._send_snapshots()

    def _drain(self, after: Seq) -> None:
        stream, read = self._services.stream, after
        total = 0
        while True:
            events = stream.read(read, count=BATCH)
            fold(events, self._changes)
            total += len(events)
            if events:
                self._read = read = events[-1].seq
            if len(events) < BATCH:
                break
        if total >= self._services.config.bus.stream_max // 2:
            # So much at once means that we slept, and older events may have been dropped unseen.
            for client in self._list():
                client.fresh = True

    def _send_delta(self, picture: Picture) -> None:
        if self._read is None:
            return
        now = self._services.clock()
        for view, clients in self._rooms(fresh=False).items():
            seen = picture.seen_by(view)
            if seen.is_empty:
                continue
            message = make_delta(self._sent[view], self._read, now, seen)
            self._sent[view] = self._read
            for client in self._delivery.send(clients, message):
                client.fresh = True

    def _send_snapshots(self) -> None:
        rooms = self._rooms(fresh=True)
        if not rooms or self._read is None:
            return
        # The position was read before the state is: a change may come twice, but is never missed.
        picture, now = self._state.read_all(), self._services.clock()
        for view, clients in rooms.items():
            message = make_snapshot(self._read, now, picture.seen_by(view))
            self._sent.setdefault(view, self._read)
            for client in clients:
                client.fresh = False
            for client in self._delivery.send(clients, message):
                client.fresh = True

    def _beat(self) -> None:
        before = self._state.mark
        if self._state.read_plan() != before:
            # A shift began or ended: no event says so, a snapshot does.
            for client in self._list():
                client.fresh = True
        now = self._services.clock()
        rooms = self._rooms(fresh=False)
        for view, clients in rooms.items():
            self._delivery.send(clients, make_beat(self._sent[view], now))
        present = {client.view for client in self._list()}
        self._sent = {view: seq for view, seq in self._sent.items() if view in present}

    def _recheck(self, users: set[str] | None) -> None:
        """Cut the clients whose session is no longer good; ``None`` looks at all of them."""
        if users is None:
            self._recheck_s = self._monotonic()
        for client in self._list():
            if users is not None and client.caller.name not in users:
                continue
            session = client.caller.session
            found = None if session is None else find_session_by_hash(self._services, session)
            if found is None:
                log.info("live client %s: access has ended, cut", client.sid)
                self._cut(client)

    def _cut(self, client: Client) -> None:
        self.leave(client.sid)
        if client.connection is not None:
            client.connection.finish(make_close(SIGNED_OUT, "access has ended"))
        else:
            self._disconnect(client.sid)

    def _rooms(self, *, fresh: bool) -> dict[View, list[Client]]:
        rooms: dict[View, list[Client]] = {}
        for client in self._list():
            if client.ready and client.fresh is fresh:
                rooms.setdefault(client.view, []).append(client)
        return rooms

    def _list(self) -> list[Client]:
        with self._lock:
            return list(self._clients.values())
