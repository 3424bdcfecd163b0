"""One camera's feed: take everything that arrives, look at some of it, reconnect for ever."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from patrol.camera.address import SourceKind, check_address
from patrol.camera.analyse import Analyser
from patrol.camera.arrivals import Arrival, FeedSettings, arrivals
from patrol.camera.desk import Desk
from patrol.camera.free import SeenFree
from patrol.camera.gateway.channel import GatewayTimeoutError
from patrol.camera.health import PictureHealth
from patrol.camera.picture import ArrayPicture, Picture
from patrol.camera.still import BLOCKS, Still, make_still
from patrol.camera.tally import Tally
from patrol.camera.timing import Backoff
from patrol.model.camera import Camera, CameraHealth, CameraState, Count, Notice
from patrol.model.clock import Clock
from patrol.model.errors import OutsideError, PatrolError

log = logging.getLogger(__name__)

AWAY = frozenset({CameraState.CONNECTING, CameraState.NO_SIGNAL, CameraState.GATEWAY_TIMEOUT})
"""States in which no pictures come."""


def _note(note: Callable[[str], None], camera_id: str, _: str) -> None:
    note(camera_id)


@dataclass(frozen=True, slots=True)
class _Look:
    """A picture that waits to be looked at: which one it was, and when."""

    picture: Picture
    size_px: tuple[int, int]
    frame: int
    t_s: float
    now: datetime


@dataclass(frozen=True, slots=True)
class Sink:
    """Where a feed's numbers go."""

    counted: Callable[[list[Count]], None]
    changed: Callable[[CameraHealth], None]
    noticed: Callable[[Notice], None]


class Feed:
    """Watch one camera until cancelled.

    Parameters
    ----------
    camera
        Whom to watch, with its rules.
    settings
        How feeds are read.
    sink
        Where counts and states go; called on the event loop, must not block.
    clock
        The time of day.
    credentials
        User and password of the camera, or none.
    desk
        Shared by all feeds of a loop; without one every look is taken at once.
    """

    def __init__(
        self,
        camera: Camera,
        settings: FeedSettings,
        sink: Sink,
        clock: Clock,
        credentials: tuple[str, str] | None = None,
        desk: Desk | None = None,
    ) -> None:
        self._desk = desk or Desk()
        self.camera = camera
        self._settings = settings
        self._sink = sink
        self._clock = clock
        self._credentials = credentials
        self._backoff = Backoff(settings.backoff_max_s, random.Random(camera.id))  # noqa: S311
        self._analyser: Analyser | None = None
        self._free = SeenFree(BLOCKS) if settings.stills else None
        self._size_px = (0, 0)
        self._picture_health = PictureHealth()
        self._tally = Tally(camera.id, camera.rules)
        self._health = CameraHealth(camera.id, CameraState.CONNECTING, clock())
        self.decoded = 0
        self._due_s = 0.0
        self._report_s = 0.0
        self._rate_s = 0.0
        self._rate_frames = 0
        self._trouble = ""
        self._fault: Exception | None = None
        self.analysed = 0

    @property
    def health(self) -> CameraHealth:
        """The present state."""
        return self._health

    def still(self) -> Still | None:
        """The empty scene in blocks, where pictures come and it was seen free long enough."""
        scene = self._analyser.scene() if self._analyser is not None else None
        known = self._free.known() if self._free is not None else None
        if scene is None or known is None or self._health.state in AWAY:
            return None
        return make_still(scene, self._size_px, known)

    async def run(self) -> None:
        """Watch until cancelled."""
        self._sink.changed(self._health)
        try:
            while True:
                try:
                    await self._watch()
                except GatewayTimeoutError as error:
                    self._failed(str(error), CameraState.GATEWAY_TIMEOUT)
                except PatrolError as error:
                    self._failed(str(error), CameraState.NO_SIGNAL)
                self._away()
                await asyncio.sleep(self._backoff.pause_s())
        finally:
            self.finish()

    def finish(self) -> None:
        """Give what was counted so far: nothing more will come."""
        self._desk.take_all()
        self._report()

    async def _watch(self) -> None:
        """Watch one connection to its end."""
        # What a gateway tells is foreign input like any address: it goes through the same check.
        url = await self._settings.resolvers.stream_address(self.camera.url, self._credentials)
        address = await asyncio.to_thread(
            check_address,
            url,
            networks=self._settings.networks,
            file_dir=self._settings.file_dir,
            credentials=self._credentials,
        )
        settings = replace(
            self._settings,
            keys_only=not self.camera.rules,
            note=partial(_note, self._settings.note, self.camera.id),
        )
        # Generators are not closed by themselves when the loop is left, sockets must be.
        async with aclosing(arrivals(address, settings)) as pictures:
            async for arrival in pictures:
                if self.take(arrival):
                    del arrival
                    # One feed's burst must not hold up the others.
                    await asyncio.sleep(0)
                else:
                    del arrival
        if address.kind is not SourceKind.FILE:
            raise OutsideError("the camera closed the connection")

    def take(self, arrival: Arrival) -> bool:
        """Count a picture, and look at it if its turn has come; whether it had."""
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        t_s = arrival.t_s
        self.decoded += 1
        if self._trouble or self._health.state in AWAY:
            self._recovered(t_s)
        if t_s < self._due_s:
            return False
        step_s = self._desk.pressure.slow_down / self._settings.analyse_fps
        self._due_s = max(self._due_s + step_s, t_s - 1.0)
        picture = arrival.picture
        look = _Look(self._kept(picture), picture.size_px, self.decoded, t_s, self._clock())
        if self._settings.detector is None:
            self._desk.add(partial(self._try, look))
        else:
            # A detector wants the whole picture, and takes so long that nothing else matters.
            self._try(look)
        return True

    def _kept(self, picture: Picture) -> Picture:
        """What is needed of a picture until its turn comes: never the decoder's own buffer."""
        if self._settings.detector is not None:
            return picture
        gray = picture.gray(self._settings.width_px)
        whole = gray.shape[1] == picture.size_px[0]
        return ArrayPicture(gray.copy() if whole else gray)

    def _try(self, look: _Look) -> None:
        """Look, and keep a fault of ours for the feed's own task: others wait for their turn."""
        self._settings.note(self.camera.id)
        try:
            self._look_at(look)
        except Exception as error:  # noqa: BLE001 - the outermost call of a turn at the desk
            # Raised with the next picture: the loop tells it and starts this feed anew.
            self._fault = error

    def _look_at(self, look: _Look) -> None:
        analyser = self._analyser_for(look.size_px)
        if self._picture_health.is_due(look.t_s):
            self._judge(look.picture, look.t_s)
        if self._health.state is CameraState.ONLINE:
            self._tally.watched(look.now)
            findings = analyser.analyse(look.picture, look.frame, look.t_s)
            self.analysed += 1
            notices = self._tally.add(findings, look.now - timedelta(seconds=look.t_s))
            self._tell(notices)
        if look.t_s - self._report_s >= self._settings.report_s:
            self._report_s = look.t_s
            self._report()

    def _judge(self, picture: Picture, t_s: float) -> None:
        state = self._picture_health.look(picture.gray(self._settings.width_px), t_s)
        if state is not self._health.state:
            if state is not CameraState.ONLINE:
                # Rules are put aside; the connection and what is known of the picture are not.
                self._tally.interrupted()
                self._report()
            log.info("camera %s: %s (was %s)", self.camera.id, state, self._health.state)
            self._change(state, t_s)

    def _analyser_for(self, size_px: tuple[int, int]) -> Analyser:
        if self._analyser is None or size_px != self._size_px:
            self._size_px = size_px
            self._analyser = Analyser(
                self.camera.rules,
                size_px,
                width_px=self._settings.width_px,
                detector=self._settings.detector,
                free=self._free,
            )
        return self._analyser

    def _recovered(self, t_s: float) -> None:
        if self._trouble:
            log.info("camera %s: back after %s", self.camera.id, self._trouble)
            self._trouble = ""
        self._backoff.reset()
        self._due_s = t_s
        self._change(self._picture_health.state, t_s)

    def _failed(self, why: str, state: CameraState) -> None:
        if why != self._trouble:
            log.warning("camera %s: %s; trying again until it is back", self.camera.id, why)
            self._trouble = why
        if self._health.state is not state:
            self._change(state, 0.0)

    def _away(self) -> None:
        """What is seen next does not follow from what was seen last."""
        self._desk.take_all()
        self._tally.interrupted()
        self._picture_health.interrupted()
        self._report()

    def _change(self, state: CameraState, t_s: float) -> None:
        fps = 0.0
        if t_s > self._rate_s > 0:
            fps = (self.decoded - self._rate_frames) / (t_s - self._rate_s)
        self._rate_s, self._rate_frames = t_s, self.decoded
        self._health = CameraHealth(self.camera.id, state, self._clock(), round(fps, 1))
        self._sink.changed(self._health)

    def _tell(self, notices: list[Notice]) -> None:
        if notices:
            # The counts that hold them go first, so that they are committed before they are told.
            self._report()
        for notice in notices:
            self._sink.noticed(notice)

    def _report(self) -> None:
        counts = self._tally.collect(self._clock())
        if counts:
            self._sink.counted(counts)
