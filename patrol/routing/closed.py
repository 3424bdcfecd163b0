"""Streets with some of them closed."""

from collections.abc import Iterable
from dataclasses import replace

from patrol.model.street import Closure
from patrol.routing.streets import MODE_ACCESS, StreetNetwork


def closed_network(network: StreetNetwork, closures: Iterable[Closure]) -> StreetNetwork:
    """The network with closed segments not open to the modes they are closed to.

    Segments that the network does not have (any more) are passed over; without closures the network
    itself is returned.
    """
    closures = tuple(closures)
    if not closures:
        return network
    access = network.seg_access.copy()
    for closure in closures:
        bits = 0
        for mode in closure.modes:
            bits |= int(MODE_ACCESS[mode][0] | MODE_ACCESS[mode][1])
        for name in closure.segment_ids:
            index = network.find_segment(name)
            if index is not None:
                access[index] &= 0xFF & ~bits
    return replace(network, seg_access=access)
