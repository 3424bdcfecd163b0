"""Many feeds in one process: one event loop decodes, looks and counts for all of them."""

import asyncio
import logging
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from patrol.camera.arrivals import FeedSettings
from patrol.camera.desk import Desk, Pressure
from patrol.camera.feed import Feed, Sink
from patrol.camera.still import Still
from patrol.model.camera import Camera
from patrol.model.clock import Clock

log = logging.getLogger(__name__)

STOP_TIMEOUT_S = 5.0
PULSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Order:
    """One camera to watch, and with which credentials."""

    camera: Camera
    credentials: tuple[str, str] | None = None


@dataclass(slots=True)
class _Running:
    order: Order
    task: "asyncio.Task[None]"


class CameraLoop:
    """Watch a changing set of cameras in a thread of its own.

    Parameters
    ----------
    settings
        How feeds are read.
    sink
        Where numbers go; called in the loop's thread, must not block.
    clock
        The time of day.
    pressure
        How far the worker is behind; by default felt by this loop itself.
    """

    def __init__(
        self,
        settings: FeedSettings,
        sink: Sink,
        clock: Clock,
        pressure: Pressure | None = None,
    ) -> None:
        self._settings = settings
        self._sink = sink
        self._clock = clock
        self._running: dict[str, _Running] = {}
        self._feeds: dict[str, Feed] = {}
        self._analysed = 0
        self._pressure = pressure or Pressure()
        self._overloaded = False
        self._loop = asyncio.new_event_loop()
        self._desk = Desk(self._pressure, self._loop.call_later)
        self._thread = threading.Thread(target=self._run, name="camera-loop", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop all feeds, which gives their last counts, and end the thread."""
        if not self._thread.is_alive():
            return
        ended = asyncio.run_coroutine_threadsafe(self._watch({}), self._loop)
        try:
            ended.result(STOP_TIMEOUT_S)
        except TimeoutError:
            log.warning("feeds did not end within %.0f s; last counts are lost", STOP_TIMEOUT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_TIMEOUT_S)

    def watch(self, orders: Mapping[str, Order]) -> None:
        """Watch exactly these cameras, by id: start the new, stop the gone, restart the changed.

        Returns when the others have stopped and given their last counts.
        """
        asyncio.run_coroutine_threadsafe(self._watch(dict(orders)), self._loop).result()

    def watched(self) -> set[str]:
        """Ids of the cameras that are watched now."""
        return set(self._running)

    def decoded(self, camera_ids: Collection[str] | None = None) -> int:
        """Pictures decoded by the present feeds, of all or of some cameras."""
        feeds = dict(self._feeds)
        return sum(
            feed.decoded for name, feed in feeds.items() if camera_ids is None or name in camera_ids
        )

    def analysed(self) -> int:
        """Pictures analyzed since the start, over all cameras."""
        return self._analysed + sum(feed.analysed for feed in list(self._feeds.values()))

    def still(self, camera_id: str) -> Still | None:
        """A camera's empty scene in blocks; nothing where it is not watched or not known yet."""

        async def make() -> Still | None:
            feed = self._feeds.get(camera_id)
            return feed.still() if feed is not None else None

        return asyncio.run_coroutine_threadsafe(make(), self._loop).result(STOP_TIMEOUT_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._feel(self._loop.time())
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def _feel(self, due_s: float) -> None:
        """Measure how late the loop is, and say when it begins and ceases to be too much."""
        now_s = self._loop.time()
        self._pressure.note(now_s - due_s)
        overloaded = self._pressure.slow_down > (1.0 if self._overloaded else 4.0)
        if overloaded != self._overloaded:
            self._overloaded = overloaded
            if overloaded:
                log.warning(
                    "camera loop is %.1f s behind with %d cameras, looking at fewer pictures",
                    self._pressure.lag_s,
                    len(self._running),
                )
            else:
                log.info("camera loop has caught up")
        self._loop.call_later(PULSE_S, self._feel, now_s + PULSE_S)

    async def _watch(self, orders: dict[str, Order]) -> None:
        gone = [
            running
            for camera_id, running in self._running.items()
            if orders.get(camera_id) != running.order
        ]
        for running in gone:
            running.task.cancel()
            del self._running[running.order.camera.id]
        if gone:
            await asyncio.gather(*(running.task for running in gone), return_exceptions=True)
        for camera_id, order in orders.items():
            if camera_id not in self._running:
                self._running[camera_id] = _Running(
                    order, self._loop.create_task(self._guard(order), name=camera_id)
                )

    async def _guard(self, order: Order) -> None:
        """Run a feed, and run it again where a fault of ours ended it."""
        while True:
            feed = Feed(
                order.camera,
                self._settings,
                self._sink,
                self._clock,
                order.credentials,
                self._desk,
            )
            self._feeds[order.camera.id] = feed
            try:
                await feed.run()
            except Exception:
                # The outermost loop of a feed: one camera's surprise must not end the others.
                log.exception("camera %s: feed failed; starting it anew", order.camera.id)
                await asyncio.sleep(self._settings.backoff_max_s)
            finally:
                self._analysed += self._feeds.pop(order.camera.id).analysed
