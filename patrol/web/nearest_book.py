"""Keeps the street graphs warm that rank units by road time."""

import logging
import threading
from typing import ClassVar

from patrol.config.schema import Band
from patrol.model.errors import PatrolError
from patrol.model.unit import Mode
from patrol.routing.bands import find_band
from patrol.routing.streets import StreetNetwork
from patrol.usecase.dispatch import Ranker
from patrol.usecase.services import Services

log = logging.getLogger(__name__)


class NearestBook:
    """Ranks units over the streets and in the traffic of the moment; made anew when they change."""

    EXTENSION: ClassVar[str] = "patrol.nearest"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[StreetNetwork, Band | None, Ranker] | None = None

    def ranker(self, services: Services) -> Ranker:
        """The function that ranks; the first call in a process prepares the graphs.

        Raises
        ------
        NotFoundError
            If no streets are imported yet.
        """
        # Compiled kernels take seconds to import; a process that never ranks need not wait.
        from patrol.usecase.nearest import NearestUnits  # noqa: PLC0415
        from patrol.usecase.travel_graphs import open_graphs  # noqa: PLC0415

        config, network = services.config, services.streets.get_network()
        band = find_band(config.routing.bands.values(), services.clock(), config.county.zone)
        with self._lock:
            if self._made is None or self._made[0] is not network or self._made[1] is not band:
                graphs = open_graphs(services.streets, config.routing, band=band)
                self._made = (network, band, NearestUnits(network, graphs).rank)
            return self._made[2]

    def warm(self, services: Services) -> None:
        """Prepare all graphs and run the search once, so that the first dispatcher need not wait.

        Does nothing before streets are imported; what goes wrong is told to who asks later.
        """
        from patrol.usecase.travel_graphs import prepare_graphs  # noqa: PLC0415

        try:
            prepare_graphs(services)
            center = services.streets.get_network().bbox.center
            self.ranker(services)(center, [(mode.value, mode, center) for mode in Mode])
        except PatrolError as error:
            log.info("nearest units: not warm: %s", error)
