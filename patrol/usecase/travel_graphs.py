"""Travel graphs of the streets, ready to answer; what was prepared before is kept on disk."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from patrol.config.schema import Band, Routing
from patrol.model.errors import InputError, OutsideError
from patrol.model.unit import Mode
from patrol.routing.bands import list_spans
from patrol.routing.travel import TravelGraph, make_graph
from patrol.store.streets import StreetStore
from patrol.usecase.services import Services

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class BandGraphs:
    """Graphs by mode that hold from ``begin_s`` of a shift on, until the next ones."""

    begin_s: int
    graphs: Mapping[Mode, TravelGraph]


def travel_graphs(
    services: Services, modes: Iterable[Mode] = tuple(Mode)
) -> dict[Mode, TravelGraph]:
    """One graph per mode at usual times, of the streets as they are; see :func:`open_graphs`."""
    return open_graphs(services.streets, services.config.routing, modes)


def band_graphs(
    services: Services, modes: Iterable[Mode], start: datetime, end: datetime
) -> tuple[BandGraphs, ...]:
    """The graphs of a shift, traffic band by traffic band; those that change nothing are joined."""
    config, modes = services.config, tuple(modes)
    found: list[BandGraphs] = []
    for span in list_spans(config.routing.bands.values(), start, end, config.county.zone):
        graphs = open_graphs(services.streets, config.routing, modes, band=span.band)
        if not found or any(found[-1].graphs[mode] is not graphs[mode] for mode in modes):
            found.append(BandGraphs(span.begin_s, graphs))
    return tuple(found)


def same_bands(one: Sequence[BandGraphs], other: Sequence[BandGraphs]) -> bool:
    """Whether two shifts go by the very same graphs at the same hours."""
    return len(one) == len(other) and all(
        a.begin_s == b.begin_s
        and a.graphs.keys() == b.graphs.keys()
        and all(graph is b.graphs[mode] for mode, graph in a.graphs.items())
        for a, b in zip(one, other, strict=True)
    )


def prepare_graphs(services: Services) -> None:
    """Make the graphs of all modes ready, at usual times and in every traffic band."""
    routing = services.config.routing
    for band in (None, *routing.bands.values()):
        open_graphs(services.streets, routing, band=band)


def open_graphs(
    streets: StreetStore,
    routing: Routing,
    modes: Iterable[Mode] = tuple(Mode),
    tell: Callable[[str], None] = log.info,
    band: Band | None = None,
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
    band
        The traffic of some hours; ``None``: the usual.
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
        graph = graphs[mode] = make_graph(network, mode, routing, band)
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
