"""A still of a camera's empty scene for the rule editor: asked of the worker, never stored."""

import threading
import time
from collections.abc import Callable

from patrol.bus.ask import Questions
from patrol.camera.still import Still
from patrol.model.errors import InputError, OutsideError
from patrol.usecase.services import Services

KIND = "still"
ASK_S = 4.0
EVERY_S = 2.0
"""Least time between two stills of one camera: it shows a scene, it is no video."""

MOST_A_MINUTE = 60
"""Stills of all cameras of one worker together."""


def ask_still(services: Services, camera_id: str) -> Still:
    """Ask for a still; who may ask, and the audit of it, is the caller's.

    Raises
    ------
    InputError
        If stills are off, or the camera does not exist.
    OutsideError
        If no worker answers: the camera is away, was asked a moment ago, or its scene is not
        known yet.
    """
    if not services.config.cameras.stills:
        raise InputError("stills are off: set cameras.stills to true to draw rules on them")
    services.cameras.get_camera(camera_id)
    found = Questions(services.redis, KIND).ask(camera_id, ASK_S)
    if found is None:
        raise OutsideError(
            f"camera {camera_id} gives no still: it is away, was asked in the last "
            f"{EVERY_S:g} s, or its scene is not known yet"
        )
    return Still.unpack(found)


def serve_stills(
    services: Services, make: Callable[[str], Still | None], stop: threading.Event
) -> None:
    """Answer for the cameras of this worker until ``stop`` is set.

    Parameters
    ----------
    make
        The still of a camera, or nothing where it is not this worker's or not to be had.
    """
    limit = StillLimit(time.monotonic)

    def answer(camera_id: str) -> bytes | None:
        if not limit.may(camera_id):
            return None
        still = make(camera_id)
        return None if still is None else still.pack()

    Questions(services.redis, KIND).serve(answer, stop)


class StillLimit:
    """How often stills are given.

    Parameters
    ----------
    monotonic
        A steady clock, seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last_s: dict[str, float] = {}

    def may(self, camera_id: str) -> bool:
        """Whether one may be given now; if so it counts as given."""
        now_s = self._monotonic()
        self._last_s = {name: at for name, at in self._last_s.items() if now_s - at < 60.0}
        if now_s - self._last_s.get(camera_id, -EVERY_S) < EVERY_S:
            return False
        if len(self._last_s) >= MOST_A_MINUTE:
            return False
        self._last_s[camera_id] = now_s
        return True
