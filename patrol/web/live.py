"""The websocket: Flask-SocketIO on namespace ``/live``, websocket transport only."""

import logging
from functools import partial
from typing import Any

from flask import Flask, request

# Flask-SocketIO ships no types.
from flask_socketio import ConnectionRefusedError as RefusedError  # type: ignore[import-untyped]
from flask_socketio import SocketIO

from patrol.model.access import Permission
from patrol.model.errors import AccessError
from patrol.usecase.access import Caller
from patrol.usecase.services import Services
from patrol.web.caller import find_caller
from patrol.web.gate import Origins
from patrol.web.live_feed import NAMESPACE, Client, Delivery, FrameOnce, LiveFeed, StockEmit
from patrol.web.live_fold import MAP, View
from patrol.web.live_socket import (
    FRAME_SOCKET,
    MAX_MESSAGE_BYTES,
    Flusher,
    FrameSocket,
    LiveWebSocket,
    bind_driver,
    make_meter,
)
from patrol.web.permit import SignInNeededError, check_rule

log = logging.getLogger(__name__)

PING_INTERVAL_S = 25
PING_TIMEOUT_S = 20
EXTENSION = "patrol.live"

EVENT_RULES: dict[str, tuple[Permission, ...]] = {
    "connect": (Permission.MAP_SEE, Permission.ROUTE_OWN),
    "resync": (Permission.MAP_SEE, Permission.ROUTE_OWN),
}
"""Who may send which event; an event that is not here is refused and has no handler."""


def find_view(caller: Caller) -> View:
    """What the caller may see: the whole map, or the own unit's part.

    Raises
    ------
    AccessError
        If the caller may see neither.
    """
    check_rule(EVENT_RULES["connect"], caller)
    if Permission.MAP_SEE in caller.permissions:
        return MAP
    if caller.unit_id is None:
        raise AccessError(f"{caller.name} belongs to no unit: there is nothing to show")
    return View(caller.unit_id)


def init_live(app: Flask, services: Services, origins: Origins, *, frame_once: bool) -> LiveFeed:
    """Put the websocket server around the application.

    ``frame_once`` builds each frame once for all clients; without it, or where the private names
    it needs have moved, the stock ``emit`` does the work.
    """
    sockets = SocketIO(
        app,
        async_mode="threading",
        transports=["websocket"],
        # Engine.IO must never decide this by itself: its own rule believes X-Forwarded-Host.
        cors_allowed_origins=lambda _origin, environ: origins.allows(environ),
        cors_credentials=False,
        max_http_buffer_size=MAX_MESSAGE_BYTES,
        ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S,
        async_handlers=False,
        manage_session=False,
        always_connect=False,
        logger=logging.getLogger("patrol.web.socketio"),
        engineio_logger=logging.getLogger("patrol.web.engineio"),
    )
    for name in ("socketio", "engineio"):
        # They log every packet with its content at INFO: positions do not belong there.
        logging.getLogger(f"patrol.web.{name}").setLevel(logging.ERROR)

    def disconnect(sid: str) -> None:
        sockets.server.disconnect(sid, namespace=NAMESPACE)

    flusher = Flusher()
    feed_of: list[LiveFeed] = []

    def on_ready(connection: FrameSocket) -> None:
        feed_of[0].ready(connection)

    make = partial(
        LiveWebSocket,
        flusher=flusher,
        meter=make_meter(),
        ready_mark=f"40{NAMESPACE},",
        on_ready=on_ready,
    )
    bound = bind_driver(sockets.server.eio, make)
    if not bound:
        log.error("live: Engine.IO's driver table has moved, frames are sent by the stock emit")
    delivery: Delivery = FrameOnce() if frame_once and bound else StockEmit(sockets.emit)
    feed = LiveFeed(services, delivery, disconnect)
    feed_of.append(feed)
    app.extensions[EXTENSION] = feed
    _add_handlers(sockets, feed, bound=bound)
    return feed


def _add_handlers(sockets: Any, feed: LiveFeed, *, bound: bool) -> None:
    def on_connect(_auth: object = None) -> None:
        caller = find_caller()
        try:
            if caller is None:
                raise SignInNeededError("sign in first")
            view = find_view(caller)
        except AccessError as error:
            raise RefusedError(str(error)) from error
        connection = request.environ.get(FRAME_SOCKET)
        feed.join(
            Client(
                sid=request.sid,  # type: ignore[attr-defined]  # Flask-SocketIO puts it there
                caller=caller,
                view=view,
                connection=connection,
                ready=not bound,
            )
        )

    def on_resync(*_: object) -> None:
        client = feed.find(request.sid)  # type: ignore[attr-defined]  # the same
        if client is None:
            return
        check_rule(EVENT_RULES["resync"], client.caller)
        feed.resync(client.sid)

    def on_disconnect(*_: object) -> None:
        feed.leave(request.sid)  # type: ignore[attr-defined]  # the same

    def on_error(error: Exception) -> None:
        log.warning("live event refused: %s", error)

    sockets.on_event("connect", on_connect, namespace=NAMESPACE)
    sockets.on_event("resync", on_resync, namespace=NAMESPACE)
    sockets.on_event("disconnect", on_disconnect, namespace=NAMESPACE)
    sockets.on_error(NAMESPACE)(on_error)
