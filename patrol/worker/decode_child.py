"""The child in which feeds are decoded: started by :mod:`patrol.worker.isolate`, by nobody else."""

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import cv2

from patrol.camera.arrivals import FeedSettings
from patrol.camera.feed import Sink
from patrol.camera.gateway.resolve import make_resolvers
from patrol.camera.loop import CameraLoop
from patrol.camera.onnx import OnnxDetector
from patrol.config.schema import Cameras
from patrol.model.clock import system_clock
from patrol.worker.heap import give_back, use_few_arenas
from patrol.worker.isolate import LastSeen

TIDY_S = 30.0
"""How often memory that nobody uses is given back."""


def feed_settings(config: Cameras, named: dict[str, str], last: LastSeen) -> FeedSettings:
    """How feeds are read, from the configuration."""
    return FeedSettings(
        analyse_fps=config.analyse_fps,
        width_px=config.analyse_width_px,
        timeout_s=config.read_timeout_s,
        backoff_max_s=config.backoff_max_s,
        networks=config.allowed_networks,
        file_dir=config.file_dir,
        detector=OnnxDetector(config.model, config.classes) if config.model else None,
        resolvers=make_resolvers(config, lambda name: named.get(name.lower())),
        stills=config.stills,
        note=last.note,
    )


class _Line:
    """Our end of the pipe, for all threads."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, kind: str, value: Any) -> None:
        """Say something to the worker; if it is gone, so are we."""
        try:
            with self._lock:
                self._pipe.send((kind, value))
        except OSError:
            os._exit(0)


class _Told(logging.Handler):
    """Log lines go through the worker, which knows where they belong."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line."""
        self._line.send("log", (record.name, record.levelno, self.format(record)))


def main(arguments: Sequence[str]) -> None:
    """Serve the worker at the other end of a pipe until it leaves.

    Parameters
    ----------
    arguments
        Handles of the pipe and of the page that names the camera we are at.
    """
    # Ctrl-C goes to the whole group; the worker ends us in its own order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    use_few_arenas()
    pipe, last = Connection(int(arguments[0])), LastSeen(int(arguments[1]))
    line = _Line(pipe)
    sink = Sink(
        lambda counts: line.send("counted", counts),
        lambda health: line.send("changed", health),
        lambda notice: line.send("noticed", notice),
    )
    _, (config, named, level) = pipe.recv()
    root = logging.getLogger()
    root.addHandler(_Told(line))
    root.setLevel(level)
    loop = CameraLoop(feed_settings(config, named, last), sink, system_clock)
    loop.start()
    line.send("start", None)
    # What was made for the start lives as long as we do: it need not be looked through again.
    gc.freeze()
    tidy_s = time.monotonic() + TIDY_S
    try:
        while True:
            kind, value = pipe.recv()
            # The worker says something every second.
            if time.monotonic() >= tidy_s:
                tidy_s = time.monotonic() + TIDY_S
                give_back()
            if kind == "watch":
                loop.watch(value)
                line.send(kind, None)
            else:
                line.send(kind, loop.still(value))
    except EOFError:
        loop.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
