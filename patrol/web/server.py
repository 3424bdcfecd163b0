"""gunicorn, set up for many websockets: one thread each, and a stop that does not wait for them."""

import logging
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask

# gunicorn ships no types.
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.util import import_app  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from patrol.config.schema import Web
from patrol.web.live import EXTENSION as LIVE
from patrol.web.live_feed import LiveFeed

log = logging.getLogger(__name__)

CLOSE = "patrol.close"
"""Where the application keeps the function that closes its services."""

TARGET = "patrol.wsgi:create()"
WORKER = "patrol.web.server.LiveWorker"
SPARE_CONNECTIONS = 256
"""Kept-alive connections beyond the threads; without any, gunicorn switches keep-alive off."""

GRACE_S = 4
"""How long requests under way may still take when the server stops."""


class LiveWorker(ThreadWorker):  # type: ignore[misc]  # the base class is untyped
    """A gthread worker that ends its websockets when it is told to stop.

    A websocket holds its thread for as long as it is open: the stock worker would wait for the
    grace period and then hang in joining its threads.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: stop taking connections, end the websockets."""
        super().handle_exit(sig, frame)
        # Not in the handler itself: it may have interrupted somebody who holds a lock.
        threading.Thread(target=self._end_live, name="live-end", daemon=True).start()

    def run(self) -> None:
        """Serve until told to stop, then let go of database and Redis."""
        try:
            super().run()
        finally:
            self._end_live()
            close: Callable[[], None] | None = self._extensions().get(CLOSE)
            if close is not None:
                close()

    def _end_live(self) -> None:
        feed = self._extensions().get(LIVE)
        if isinstance(feed, LiveFeed):
            feed.stop()

    def _extensions(self) -> dict[str, Any]:
        # A worker may be told to stop before it has built the application.
        app: Flask | None = getattr(self, "wsgi", None)
        return {} if app is None else app.extensions


class WebServer(BaseApplication):  # type: ignore[misc]  # the base class is untyped
    """gunicorn without its command line."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Take our settings over."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application; called in each worker."""
        return import_app(TARGET)


def server_settings(web: Web, host: str, port: int) -> dict[str, Any]:
    """Gunicorn's settings for ``config.web``."""
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": web.workers,
        "threads": web.threads,
        "worker_class": WORKER,
        "worker_connections": web.threads + SPARE_CONNECTIONS,
        "preload_app": False,
        "keepalive": 15,
        "timeout": 60,
        "graceful_timeout": GRACE_S,
        # ProxyFix decides whose word about the client counts; gunicorn itself believes nobody.
        "forwarded_allow_ips": "",
        "secure_scheme_headers": {},
        "control_socket_disable": True,
        "loglevel": "warning",
        "proc_name": "patrol-web",
    }
