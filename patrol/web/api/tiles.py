"""The base map: vector tiles of the imported streets and the towns."""

import threading
import time
from typing import ClassVar

from flask import Blueprint, Response, current_app

from patrol.model.access import Permission
from patrol.model.town import Town
from patrol.routing.streets import StreetNetwork
from patrol.usecase.services import Services
from patrol.web.caller import get_services
from patrol.web.permit import allowed
from patrol.web.reply import kept
from patrol.web.tiles import TileMaker

tiles = Blueprint("tiles", __name__)

MIMETYPE = "application/vnd.mapbox-vector-tile"
MAX_AGE_S = 300
LOOK_S = 10.0
"""How often the towns are read again; a screen asks for dozens of tiles at once."""


class TileBook:
    """The tile maker of a process; made anew when streets or towns change."""

    EXTENSION: ClassVar[str] = "patrol.tiles"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._network: StreetNetwork | None = None
        self._towns: tuple[Town, ...] = ()
        self._looked_s = 0.0
        self._maker: TileMaker | None = None

    def maker(self, services: Services) -> TileMaker:
        """The maker for the present streets and towns.

        Raises
        ------
        NotFoundError
            If no streets are imported yet.
        """
        network = services.streets.get_network()
        with self._lock:
            towns, now_s = self._towns, time.monotonic()
            if self._maker is None or now_s - self._looked_s > LOOK_S:
                towns, self._looked_s = tuple(services.towns.list_towns()), now_s
            if self._maker is None or network is not self._network or towns != self._towns:
                self._maker = TileMaker(network, towns)
                self._network, self._towns = network, towns
            return self._maker


@tiles.get("/tiles/<int:zoom>/<int:x>/<int:y>.mvt")
@allowed(Permission.MAP_SEE, Permission.ROUTE_OWN, Permission.CAMERA_EDIT)
def tile(zoom: int, x: int, y: int) -> Response:
    """One tile with the layers ``towns`` and ``streets``."""
    book: TileBook = current_app.extensions[TileBook.EXTENSION]
    made = book.maker(get_services()).make_tile(zoom, x, y)
    return kept(made.body, MIMETYPE, etag=made.etag, max_age_s=MAX_AGE_S, packed=True)
