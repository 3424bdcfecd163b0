"""Keeps the parts of ``patrol serve`` running: what ends is started again, what hangs is ended."""

import ctypes
import logging
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from patrol.model.errors import InputError, OutsideError

log = logging.getLogger(__name__)

LOOK_S = 0.1
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 15.0
STEADY_S = 30.0
"""A part that ran this long has started well; its next pause is short again."""

STOP_S = 12.0
"""How long the parts may take to end before they are killed."""

BAD_INPUT, OUTSIDE = 2, 4
"""Exit codes that a new start will not better."""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


@dataclass(slots=True)
class Part:
    """One child process and how it has fared."""

    name: str
    command: Sequence[str]
    essential: bool = False
    """Whether all ends when its very first start fails for a reason that will not go away."""
    process: "subprocess.Popen[bytes] | None" = None
    started_s: float = 0.0
    due_s: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    starts: int = 0
    code: int | None = None
    """How it ended last."""

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        running = self.process is not None and self.process.poll() is None
        return self.process.pid if running and self.process is not None else None


def _end_with_parent() -> None:
    # Linux ends the child when we are killed; otherwise workers would go on without anybody.
    # Between fork and exec nothing but this system call happens, so threads of ours do no harm.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Supervisor:
    """Starts the parts in order and watches them; one thread, no locks."""

    parts: Sequence[Part]
    monotonic: Callable[[], float] = time.monotonic
    _failed: Part | None = field(default=None, init=False)

    def run(self, stop: threading.Event) -> None:
        """Watch until ``stop`` is set or an essential part cannot start; then end all of them.

        Raises
        ------
        InputError
            If an essential part refused its configuration; it has said why on standard error.
        OutsideError
            If it could not reach what it needs.
        """
        try:
            while not stop.is_set():
                self.look()
                if self._failed is not None:
                    break
                stop.wait(LOOK_S)
        finally:
            self.end()
        if self._failed is not None:
            self._raise_failed(self._failed)

    def look(self) -> None:
        """Start what is due, and notice what has ended."""
        now_s = self.monotonic()
        for part in self.parts:
            if part.process is None:
                if now_s >= part.due_s:
                    self._start(part, now_s)
            elif part.process.poll() is not None:
                self._ended(part, part.process.returncode, now_s)

    def end(self) -> None:
        """End all parts, last started first; those that do not end in time are killed."""
        deadline_s = self.monotonic() + STOP_S
        for part in reversed(self.parts):
            if part.pid is not None and part.process is not None:
                part.process.terminate()
        for part in reversed(self.parts):
            if part.process is None:
                continue
            try:
                part.process.wait(max(0.1, deadline_s - self.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("%s: did not end in %.0f s, killed", part.name, STOP_S)
                part.process.kill()
                part.process.wait()
            part.process = None

    def _start(self, part: Part, now_s: float) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we end the parts in order.
        part.process = subprocess.Popen(  # noqa: S603 - the command is our own
            list(part.command),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        part.started_s = now_s
        part.starts += 1
        log.info("%s: started, process %d", part.name, part.process.pid)

    def _ended(self, part: Part, code: int, now_s: float) -> None:
        lasted_s = now_s - part.started_s
        part.process, part.code = None, code
        if part.essential and part.starts == 1 and code in (BAD_INPUT, OUTSIDE):
            self._failed = part
            return
        if lasted_s >= STEADY_S:
            part.pause_s = FIRST_PAUSE_S
        part.due_s = now_s + part.pause_s
        log.warning(
            "%s: ended with %d after %.1f s, starts again in %.1f s",
            part.name,
            code,
            lasted_s,
            part.pause_s,
        )
        part.pause_s = min(LONGEST_PAUSE_S, part.pause_s * 2)

    def _raise_failed(self, part: Part) -> None:
        message = f"{part.name} could not start; its own message is above"
        if part.code == BAD_INPUT:
            raise InputError(message)
        raise OutsideError(message)
