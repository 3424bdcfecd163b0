"""Keeps the street graphs warm that rank units by road time."""

import logging
import threading
from typing import TYPE_CHECKING, ClassVar

from patrol.model.errors import PatrolError
from patrol.model.unit import Mode
from patrol.routing.streets import StreetNetwork
from patrol.usecase.dispatch import Ranker
from patrol.usecase.services import Services

if TYPE_CHECKING:
    from patrol.usecase.nearest import NearestUnits

log = logging.getLogger(__name__)


class NearestBook:
    """One :class:`NearestUnits` for the imported streets; made anew when they change."""

    EXTENSION: ClassVar[str] = "patrol.nearest"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[StreetNetwork, NearestUnits] | None = None

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

        network = services.streets.get_network()
        with self._lock:
            if self._made is None or self._made[0] is not network:
                graphs = open_graphs(services.streets, services.config.routing)
                self._made = (network, NearestUnits(network, graphs))
            return self._made[1].rank

    def warm(self, services: Services) -> None:
        """Prepare the graphs and run the search once, so that the first dispatcher need not wait.

        Does nothing before streets are imported; what goes wrong is told to who asks later.
        """
        try:
            center = services.streets.get_network().bbox.center
            self.ranker(services)(center, [(mode.value, mode, center) for mode in Mode])
        except PatrolError as error:
            log.info("nearest units: not warm: %s", error)
