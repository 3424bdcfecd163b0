"""The websocket's TCP connection: writes never wait, and a client that reads nothing is dropped.

Flask-SocketIO does the handshake, rooms and pings; simple-websocket does the framing of what comes
in. Between simple-websocket and the socket lies :class:`FrameSocket`, through which *every* byte
goes out: ordinary packets, pongs, closes, and the live map's frames, which are built once and
written to all clients. So a frame that the kernel took only in part is always finished before
anything else, whoever sends next. This rests on private names of python-engineio, whose version is
pinned; ``tests/integration/web`` runs one contract against this and the stock ``emit``.
"""

import logging
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

# python-engineio ships no types; the class is its threading driver's websocket.
from engineio.async_drivers._websocket_wsgi import (  # type: ignore[import-untyped]
    SimpleWebSocketWSGI,
)
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

FRAME_SOCKET = "patrol.frame_socket"
"""Key of the connection's :class:`FrameSocket` in the WSGI environment."""

MAX_MESSAGE_BYTES = 16_384
"""Longest message from a client; its events are a few bytes."""

SEND_BUFFER_BYTES = 524_288
"""The kernel's share of a connection; without a limit it holds up to 4 MB for a stalled client."""

MAX_TAIL_BYTES = 8_388_608
"""Most that waits for one client: a snapshot of a large county and a few ordinary packets."""

STALL_S = 10.0
"""A client that has taken no byte for so long is dropped; it comes back to a snapshot."""

EVENTS = RateLimitItemPerSecond(40, 10)
"""Messages taken from one connection: 40 in any 10 seconds, pongs included."""

MAX_DROPPED = 200
"""Messages over the limit after which the connection is cut."""

_TEXT = 0x81
_CLOSE = 0x88


def make_frame(message: str | bytes) -> bytes:
    """One finished, unmasked websocket text frame (RFC 6455, section 5.2)."""
    data = message.encode() if isinstance(message, str) else message
    return _head(_TEXT, len(data)) + data


def make_close(code: int, reason: str) -> bytes:
    """One finished close frame; the code is in 4000-4999 for reasons of our own."""
    data = struct.pack("!H", code) + reason.encode()
    return _head(_CLOSE, len(data)) + data


def _head(first: int, size: int) -> bytes:
    if size < 126:
        return struct.pack("!BB", first, size)
    if size < 65_536:
        return struct.pack("!BBH", first, 126, size)
    return struct.pack("!BBQ", first, 127, size)


class Flusher:
    """One thread a process that finishes half-sent frames when a client reads again."""

    def __init__(self, *, stall_s: float = STALL_S) -> None:
        self._stall_s = stall_s
        self._epoll = select.epoll()
        self._waiting: dict[int, FrameSocket] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, connection: "FrameSocket", fd: int) -> None:
        """Call the connection's ``flush`` when it can be written to."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live-flush", daemon=True)
                self._thread.start()
            self._waiting[fd] = connection
            self._epoll.register(fd, select.EPOLLOUT)

    def forget(self, fd: int) -> None:
        """Stop watching; does nothing where it was not watched."""
        with self._lock:
            if self._waiting.pop(fd, None) is not None:
                self._epoll.unregister(fd)

    def _run(self) -> None:
        while True:
            for fd, _ in self._epoll.poll(timeout=0.5):
                with self._lock:
                    connection = self._waiting.get(fd)
                if connection is not None:
                    connection.flush()
            self._cut_stalled(time.monotonic())

    def _cut_stalled(self, now_s: float) -> None:
        with self._lock:
            waiting = list(self._waiting.values())
        stalled = [one for one in waiting if one.is_stalled(now_s, self._stall_s)]
        for connection in stalled:
            log.warning(
                "live client %s: took nothing for %.0f s, cut", connection.name, self._stall_s
            )
            connection.cut()


class FrameSocket:
    """A socket with a tail: what the kernel did not take waits here, bounded, and goes out first.

    The socket itself stays blocking (simple-websocket's reading thread waits on it), each write
    asks not to wait.
    """

    def __init__(
        self, sock: socket.socket, flusher: Flusher, *, max_tail_bytes: int = MAX_TAIL_BYTES
    ) -> None:
        self._sock = sock
        self._flusher = flusher
        self._max_tail_bytes = max_tail_bytes
        self._lock = threading.Lock()
        self._tail: deque[memoryview] = deque()
        self._tail_bytes = 0
        self._moved_s = 0.0
        self._gone = False
        self.name = f"fd {sock.fileno()}"
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    @property
    def tail_bytes(self) -> int:
        """Bytes that wait for the client now."""
        return self._tail_bytes

    @property
    def is_gone(self) -> bool:
        """Whether the connection was cut or closed."""
        return self._gone

    def send(self, data: bytes) -> int:
        """Write all of it, now or later, without waiting.

        Raises
        ------
        BrokenPipeError
            If the connection is gone, or more would wait than is allowed (it is cut then).
        """
        with self._lock:
            self._write(data)
        return len(data)

    def offer(self, data: bytes) -> bool:
        """Write a frame if nothing waits; otherwise the client misses it and ``False`` says so."""
        with self._lock:
            if self._gone or self._tail:
                return False
            try:
                self._write(data)
            except OSError:
                return False
            return True

    def flush(self) -> None:
        """Write what waits, as far as the client takes it."""
        with self._lock:
            if self._gone:
                return
            try:
                while self._tail:
                    part = self._tail[0]
                    sent = self._sock.send(part, socket.MSG_DONTWAIT)
                    self._moved(sent)
                    if sent < len(part):
                        self._tail[0] = part[sent:]
                        return
                    self._tail.popleft()
            except BlockingIOError:
                return
            except OSError:
                self._cut()
                return
            self._flusher.forget(self._sock.fileno())

    def is_stalled(self, now_s: float, stall_s: float) -> bool:
        """Whether something waits and nothing moved for ``stall_s`` (of the monotonic clock)."""
        return bool(self._tail) and now_s - self._moved_s > stall_s

    def finish(self, frame: bytes) -> None:
        """Offer a last frame and stop reading, so that the connection ends on both sides."""
        self.offer(frame)
        with self._lock:
            self._shut(socket.SHUT_RD if not self._tail else socket.SHUT_RDWR)

    def cut(self) -> None:
        """End the connection at once; whatever waits is dropped."""
        with self._lock:
            self._cut()

    def recv(self, size: int) -> bytes:
        """Read, waiting, as the plain socket does."""
        return self._sock.recv(size)

    def fileno(self) -> int:
        """The descriptor, for selectors."""
        return self._sock.fileno()

    def close(self) -> None:
        """Close it; the descriptor is forgotten before it can be given to somebody else."""
        with self._lock:
            self._drop()
            self._sock.close()

    def _write(self, data: bytes) -> None:
        if self._gone:
            raise BrokenPipeError("the connection is gone")
        rest = memoryview(data)
        if not self._tail:
            try:
                rest = rest[self._sock.send(rest, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                pass
            except OSError:
                self._cut()
                raise
        if not rest:
            return
        if self._tail_bytes + len(rest) > self._max_tail_bytes:
            log.warning("live client %s: %d bytes behind, cut", self.name, self._tail_bytes)
            self._cut()
            raise BrokenPipeError("the client is too far behind")
        if not self._tail:
            self._moved_s = time.monotonic()
            self._flusher.watch(self, self._sock.fileno())
        self._tail.append(rest)
        self._tail_bytes += len(rest)

    def _moved(self, sent: int) -> None:
        self._tail_bytes -= sent
        self._moved_s = time.monotonic()

    def _cut(self) -> None:
        self._drop()
        self._shut(socket.SHUT_RDWR)

    def _drop(self) -> None:
        if not self._gone and self._sock.fileno() >= 0:
            self._flusher.forget(self._sock.fileno())
        self._gone = True
        self._tail.clear()
        self._tail_bytes = 0

    def _shut(self, how: int) -> None:
        try:
            self._sock.shutdown(how)
        except OSError:
            log.debug("live client %s: was closed already", self.name)


OnReady = Callable[[FrameSocket], None]
Meter = MovingWindowRateLimiter


def make_meter() -> Meter:
    """Counters of messages, in this process' memory: a connection lives in one process."""
    return MovingWindowRateLimiter(MemoryStorage())


class LiveWebSocket(SimpleWebSocketWSGI):  # type: ignore[misc]  # the base class is untyped
    """Engine.IO's websocket with bounds: message size, message rate, text only, no waiting writes.

    Parameters
    ----------
    handler, server
        As Engine.IO passes them.
    flusher
        Finishes half-sent frames.
    meter
        Counts each connection's messages.
    ready_mark
        Start of the packet that acknowledges the namespace; frames may follow it, not precede it.
    on_ready
        Called with the connection after that packet went out.
    """

    def __init__(
        self,
        handler: Callable[..., Any],
        server: object,
        *,
        flusher: Flusher,
        meter: Meter,
        ready_mark: str,
        on_ready: OnReady,
    ) -> None:
        super().__init__(handler, server, max_message_size=MAX_MESSAGE_BYTES)
        self._flusher = flusher
        self._meter = meter
        self._ready_mark = ready_mark
        self._on_ready = on_ready
        self._connection: FrameSocket | None = None
        self._dropped = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        """Take the connection over from the web server."""
        inner = dict(environ)
        for key in ("gunicorn.socket", "werkzeug.socket"):
            if key in inner:
                self._connection = FrameSocket(inner[key], self._flusher)
                inner[key] = self._connection
        environ[FRAME_SOCKET] = self._connection
        # Frames are built once for all clients, so no client may ask for compressed ones.
        inner.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return super().__call__(inner, start_response)

    def send(self, message: str | bytes) -> None:
        """Send one Engine.IO packet."""
        super().send(message)
        if (
            self._connection is not None
            and isinstance(message, str)
            and message.startswith(self._ready_mark)
        ):
            self._on_ready(self._connection)

    def wait(self) -> str | None:
        """The next packet within the limits; ``None`` ends the connection."""
        while True:
            packet = super().wait()
            if packet is None:
                return None
            # We speak JSON text only: binary packets, and packets that announce them, end it.
            if not isinstance(packet, str) or packet[:2] in {"45", "46"}:
                return None
            if self._meter.hit(EVENTS, str(id(self))):
                return packet
            self._dropped += 1
            if self._dropped == 1:
                log.warning("live client: more than %s, dropping", EVENTS)
            if self._dropped > MAX_DROPPED:
                return None


def bind_driver(engine: Any, make: Callable[..., LiveWebSocket]) -> bool:
    """Make one Engine.IO server use our websocket; ``False`` where its private names have moved.

    The driver table is copied: the original is shared by every server of the process.
    """
    table = getattr(engine, "_async", None)
    if not isinstance(table, dict) or "websocket" not in table:
        return False
    engine._async = {**table, "websocket": make}  # noqa: SLF001 - no public way, see the module
    return True


def sockets_of(environs: Iterable["WSGIEnvironment"]) -> list[FrameSocket]:
    """The connections of the given handshakes."""
    found = (environ.get(FRAME_SOCKET) for environ in environs)
    return [connection for connection in found if isinstance(connection, FrameSocket)]
