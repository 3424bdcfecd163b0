"""What gunicorn serves: ``gunicorn -k patrol.web.server.LiveWorker "patrol.wsgi:create()"``."""

import threading
from contextlib import ExitStack

from flask import Flask

from patrol.app import opened
from patrol.config.load import find_config_path
from patrol.usecase.services import Services
from patrol.web.api.hotspots import MapBook
from patrol.web.factory import create_app
from patrol.web.nearest_book import NearestBook
from patrol.web.server import CLOSE


def create() -> Flask:
    """Open the services of this process and build the application on them.

    The configuration is the one that ``PATROL_CONFIG`` names, else ``./config.yaml``. It is called
    in each worker after the fork (never preloaded), so that no connection is shared.
    """
    with ExitStack() as stack:
        services = stack.enter_context(opened(find_config_path(None)))
        app = create_app(services, frame_once=services.config.live.frame_once)
        app.extensions[CLOSE] = stack.pop_all().close
    threading.Thread(target=_warm, args=(app, services), name="warm-up", daemon=True).start()
    return app


def _warm(app: Flask, services: Services) -> None:
    """What dispatchers and planners would wait for, one after the other."""
    nearest: NearestBook = app.extensions[NearestBook.EXTENSION]
    nearest.warm(services)
    maps: MapBook = app.extensions[MapBook.EXTENSION]
    maps.warm(services)
