"""Decoding in a child process: a stream that crashes a decoder takes nobody along for long.

The worker itself never touches a picture. Its feeds run in a child; when the child dies, the
camera whose bytes it was at is known from a page of shared memory, and is from then on watched
apart, in a second child with the others of its kind. See ``docs/decisions/0012-decode-apart.md``.
"""

import logging
import mmap
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from typing import Any

from patrol.camera.feed import Sink
from patrol.camera.loop import Order
from patrol.camera.still import Still
from patrol.config.schema import Cameras
from patrol.model.camera import CameraHealth, CameraState
from patrol.model.clock import Clock, system_clock
from patrol.model.errors import OutsideError

log = logging.getLogger(__name__)

ANSWER_S = 15.0
"""How long a child may take to end the feeds of cameras that are gone."""

START_S, PATIENCE_S = 60.0, 0.3
"""How long a child may take to start, and how long one round of the worker waits for it."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
"""Pause of a camera that crashed the second child as well; doubled each time."""

PAGE = 256


class LastSeen:
    """A page of memory, shared with a child, that holds the camera it was at last.

    Parameters
    ----------
    handle
        Of a file in memory, :func:`os.memfd_create`.
    """

    def __init__(self, handle: int) -> None:
        self._page = mmap.mmap(handle, PAGE)

    def note(self, camera_id: str) -> None:
        """The next bytes are of this camera."""
        name = camera_id.encode()[: PAGE - 2]
        self._page[0 : len(name) + 1] = name + b"\x00"

    def read(self) -> str:
        """The camera that was noted last; empty where none was."""
        return self._page[:].partition(b"\x00")[0].decode("utf-8", "replace")


@dataclass(slots=True)
class _Child:
    """One child process, and what it says."""

    process: "subprocess.Popen[bytes]"
    pipe: Connection
    last: LastSeen
    reader: threading.Thread | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    told: threading.Condition = field(default_factory=threading.Condition)
    over: bool = False
    began_s: float = field(default_factory=time.monotonic)

    def is_ready(self) -> bool:
        """Whether it has started; waits a moment only, as leases must be renewed meanwhile.

        Raises
        ------
        OutsideError
            If it has died, or takes too long.
        """
        with self.told:
            self.told.wait_for(lambda: "start" in self.answers or self.over, PATIENCE_S)
            if "start" in self.answers:
                return True
        if self.over or time.monotonic() - self.began_s > START_S:
            raise OutsideError("the decoding process does not start")
        return False

    def ask(self, kind: str, value: Any) -> Any:
        """Send something and wait for its answer.

        Raises
        ------
        OutsideError
            If the child has died, or is silent for too long.
        """
        with self.told:
            self.answers.pop(kind, None)
        try:
            self.pipe.send((kind, value))
        except (OSError, pickle.PicklingError) as error:
            raise OutsideError(f"the decoding process cannot be told: {error}") from error
        with self.told:
            answered = self.told.wait_for(lambda: kind in self.answers or self.over, ANSWER_S)
            if kind in self.answers:
                return self.answers.pop(kind)
        why = "has died" if answered else f"is silent for {ANSWER_S:g} s"
        raise OutsideError(f"the decoding process {why}")


class IsolatedLoop:
    """Watch cameras in a child process; it is started anew by :meth:`watch` when it has died.

    Parameters
    ----------
    config
        How feeds are read.
    named_secrets
        Secrets by name, for gateways.
    sink
        Where numbers go; called in a thread of this process.
    name
        For logs.
    """

    def __init__(
        self, config: Cameras, named_secrets: Mapping[str, str], sink: Sink, name: str
    ) -> None:
        self._config = config
        self._secrets = dict(named_secrets)
        self._sink = sink
        self._name = name
        self._child: _Child | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.process.pid if self._child is not None else None

    def watch(self, orders: Mapping[str, Order]) -> str | None:
        """Watch exactly these cameras; the camera that crashed the child, if one did.

        After a crash nothing is watched until the next call.
        """
        if self._child is None and not orders:
            return None
        try:
            child = self._child or self._start()
            if child.is_ready():
                child.ask("watch", dict(orders))
        except OutsideError as error:
            return self._died(str(error))
        return None

    def still(self, camera_id: str) -> Still | None:
        """A camera's empty scene in blocks."""
        if self._child is None or "start" not in self._child.answers:
            return None
        try:
            found: Still | None = self._child.ask("still", camera_id)
        except OutsideError:
            return None
        return found

    def stop(self) -> None:
        """End the child; its feeds give their last counts."""
        if self._child is not None:
            try:
                if self._child.is_ready():
                    self._child.ask("watch", {})
            except OutsideError as error:
                log.warning("%s: last counts are lost: %s", self._name, error)
            self._end()

    def _start(self) -> _Child:
        ours, theirs = Pipe()
        page = os.memfd_create("patrol-last-seen", os.MFD_CLOEXEC)
        try:
            os.ftruncate(page, PAGE)
            command = [sys.executable, "-m", "patrol.worker.decode_child"]
            handles = (theirs.fileno(), page)
            process = subprocess.Popen(  # noqa: S603 - the command is our own
                [*command, *map(str, handles)], pass_fds=handles, stdin=subprocess.DEVNULL
            )
            child = _Child(process, ours, LastSeen(page))
        finally:
            os.close(page)
            theirs.close()
        child.reader = threading.Thread(target=self._read, args=(child,), name=self._name)
        child.reader.daemon = True
        child.reader.start()
        self._child = child
        child.pipe.send(("start", (self._config, self._secrets, log.getEffectiveLevel())))
        log.info("%s: decoding in process %d", self._name, process.pid)
        return child

    def _read(self, child: _Child) -> None:
        """Hand on what a child says until it ends."""
        tell: dict[str, Callable[[Any], None]] = {
            "counted": self._sink.counted,
            "changed": self._sink.changed,
            "noticed": self._sink.noticed,
        }
        try:
            while True:
                kind, value = child.pipe.recv()
                if kind in tell:
                    tell[kind](value)
                    continue
                if kind == "log":
                    name, level, said = value
                    logging.getLogger(name).log(level, "%s", said)
                    continue
                with child.told:
                    child.answers[kind] = value
                    child.told.notify_all()
        except (EOFError, OSError, pickle.UnpicklingError):
            with child.told:
                child.over = True
                child.told.notify_all()

    def _died(self, why: str) -> str:
        child = self._child
        culprit = child.last.read() if child is not None else ""
        self._end()
        code = child.process.returncode if child is not None else None
        log.error(
            "%s: %s (%s) while it was at camera %s; starting it anew",
            self._name,
            why,
            code,
            culprit or "none",
        )
        return culprit

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        _hang_up(child.pipe)
        try:
            child.process.wait(5)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        if child.reader is not None:
            child.reader.join(5)
        child.pipe.close()


def _hang_up(pipe: Connection) -> None:
    """Tell the other end that no more comes; it ends, and with it the thread that reads from it.

    Closing the pipe under a thread that reads would take the handle out of its hands.
    """
    with socket.socket(fileno=os.dup(pipe.fileno())) as line, suppress(OSError):
        line.shutdown(socket.SHUT_WR)


@dataclass(slots=True)
class _Suspect:
    """A camera that was being decoded when a child died."""

    order: Order
    pause_s: float = FIRST_PAUSE_S
    due_s: float = 0.0


class IsolatedCameras:
    """All cameras of a worker: the sound ones in one child, those that crashed it in another.

    Parameters
    ----------
    config, named_secrets, sink
        As for :class:`IsolatedLoop`.
    clock
        The time of day.
    """

    def __init__(
        self,
        config: Cameras,
        named_secrets: Mapping[str, str],
        sink: Sink,
        clock: Clock = system_clock,
    ) -> None:
        self._sound = IsolatedLoop(config, named_secrets, sink, "cameras")
        self._ward = IsolatedLoop(config, named_secrets, sink, "cameras apart")
        self._sink = sink
        self._clock = clock
        self._suspects: dict[str, _Suspect] = {}

    def pids(self) -> tuple[int | None, int | None]:
        """Process ids of the two children."""
        return self._sound.pid, self._ward.pid

    def watch(self, orders: Mapping[str, Order]) -> None:
        """Watch exactly these cameras, by id."""
        # Who was given another address or other rules gets another chance.
        self._suspects = {
            name: suspect
            for name, suspect in self._suspects.items()
            if orders.get(name) == suspect.order
        }
        sound = {name: order for name, order in orders.items() if name not in self._suspects}
        culprit = self._sound.watch(sound)
        if culprit is not None:
            if culprit in sound:
                self._suspects[culprit] = _Suspect(sound.pop(culprit))
                log.warning("camera %s: its stream ended the decoder; watched apart", culprit)
            self._sound.watch(sound)
        now_s = time.monotonic()
        due = {name: one.order for name, one in self._suspects.items() if one.due_s <= now_s}
        culprit = self._ward.watch(due)
        if culprit is not None and culprit in self._suspects:
            self._put_off(culprit, now_s)

    def _put_off(self, culprit: str, now_s: float) -> None:
        suspect = self._suspects[culprit]
        suspect.due_s = now_s + suspect.pause_s
        suspect.pause_s = min(2 * suspect.pause_s, LONGEST_PAUSE_S)
        self._sink.changed(CameraHealth(culprit, CameraState.NO_SIGNAL, self._clock()))

    def still(self, camera_id: str) -> Still | None:
        """A camera's empty scene in blocks."""
        loop = self._ward if camera_id in self._suspects else self._sound
        return loop.still(camera_id)

    def stop(self) -> None:
        """End both children."""
        self._sound.stop()
        self._ward.stop()
