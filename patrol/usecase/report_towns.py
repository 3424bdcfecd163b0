"""What the reports share: the towns in their order, and which town a hotspot lies in."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.model.report import COUNTY
from patrol.read.towns import TownIndex
from patrol.usecase.services import Services


@dataclass(frozen=True, slots=True)
class TownList:
    """The towns of a report, and the county as a whole after them."""

    names: Mapping[str, str]
    """By town id; the county's own row is :data:`COUNTY`."""
    segment_town: NDArray[np.int32]
    """Of each street segment, its index in ``names``; -1 outside all towns, shape (m,)."""
    of_hotspot: Mapping[str, str]
    """Town of each street segment and key site that lies in one, by hotspot id."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Town ids in the order of the rows, the county last."""
        return (*self.names, COUNTY)

    def head(self, town_id: str) -> tuple[str, str]:
        """The first two cells of a town's row; the county has no name of its own here."""
        return town_id, self.names.get(town_id, "")

    def find_segments(self, town_id: str) -> NDArray[np.bool_]:
        """Which segments lie in the town; all of them for the county, shape (m,)."""
        if town_id == COUNTY:
            return np.ones(self.segment_town.size, dtype=np.bool_)
        return np.equal(self.segment_town, list(self.names).index(town_id))


def list_towns(services: Services) -> TownList:
    """Read the towns and place every segment and key site in one."""
    towns = services.towns.list_towns()
    names = {town.id: town.name for town in towns}
    found = {
        f"site:{site.id}": site.town_id
        for site in services.sites.list_sites()
        if site.town_id in names
    }
    index = {town_id: number for number, town_id in enumerate(names)}
    network = services.streets.find_network()
    if network is None:
        return TownList(names, np.empty(0, np.int32), found)
    middle = network.midpoints()
    of_segment = TownIndex(towns).find_towns(middle[:, 0], middle[:, 1])
    by_segment = zip(network.seg_id, of_segment, strict=True)
    found |= {name: town for name, town in by_segment if town is not None}
    segment_town = np.array(
        [-1 if town is None else index[town] for town in of_segment], dtype=np.int32
    )
    return TownList(names, segment_town, found)
