"""Travel graphs of the streets, ready to answer; what was prepared before is kept on disk."""

import logging
from collections.abc import Callable, Iterable

from patrol.config.schema import Routing
from patrol.model.errors import InputError, OutsideError
from patrol.model.unit import Mode
from patrol.routing.travel import TravelGraph, make_graph
from patrol.store.streets import StreetStore
from patrol.usecase.services import Services

log = logging.getLogger(__name__)


def travel_graphs(
    services: Services, modes: Iterable[Mode] = tuple(Mode)
) -> dict[Mode, TravelGraph]:
    """One graph per mode of the streets as they are now; see :func:`open_graphs`."""
    return open_graphs(services.streets, services.config.routing, modes)


def open_graphs(
    streets: StreetStore,
    routing: Routing,
    modes: Iterable[Mode] = tuple(Mode),
    tell: Callable[[str], None] = log.info,
) -> dict[Mode, TravelGraph]:
    """Travel graphs ready to answer; the second call in a process costs nothing.

    Parameters
    ----------
    streets
        The imported network, and where prepared hierarchies are kept.
    routing
        Speeds.
    modes
        Which modes are needed.
    tell
        Told what takes a moment: preparing, and the first use of compiled code.

    Raises
    ------
    NotFoundError
        If no streets were imported yet.
    """
    network = streets.get_network()
    graphs = {}
    for mode in modes:
        graph = graphs[mode] = make_graph(network, mode, routing)
        if not graph.prepared and not _adopted(streets, graph):
            tell(
                f"preparing travel times for {mode}: {graph.node_count:,} nodes "
                "(the first time on a machine compiles, up to half a minute)"
            )
            _keep(streets, graph)
    return graphs


def _adopted(streets: StreetStore, graph: TravelGraph) -> bool:
    arrays = streets.find_hierarchy(graph.mode, graph.key)
    if arrays is None:
        return False
    try:
        graph.adopt_hierarchy(arrays)
    except InputError as error:
        log.warning("%s, it will be made anew", error)
        return False
    return True


def _keep(streets: StreetStore, graph: TravelGraph) -> None:
    arrays = graph.hierarchy.to_arrays()
    try:
        streets.save_hierarchy(graph.mode, graph.key, arrays)
    except OutsideError as error:
        # A full or read-only disk costs preparing again next time, nothing else.
        log.warning("%s", error)
