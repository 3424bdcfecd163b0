"""A large extract from a small one: copies side by side, joined along their edges."""

from pathlib import Path

import numpy as np
import osmium
from osmium.filter import KeyFilter
from osmium.osm.mutable import Node, Way

LINKS = 10
"""Roads that join two neighboring copies."""
GAP_DEG = 0.002
_DRIVABLE = {"primary", "secondary", "tertiary", "residential", "unclassified"}


def write_tiled(source: Path, target: Path, columns: int, rows: int) -> int:
    """Write ``columns`` x ``rows`` copies of a file's streets; returns the number of nodes written.

    Every copy keeps its shape and tags; only its place and its numbers differ. Links are tertiary
    roads between drivable nodes at about the same height of two neighboring edges.
    """
    ways = [
        (way.id, dict(way.tags), [node.ref for node in way.nodes])
        for way in osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(
            KeyFilter("highway")
        )
    ]
    used = {ref for _, _, refs in ways for ref in refs}
    nodes = {
        node.id: (node.location.lon, node.location.lat, dict(node.tags))
        for node in osmium.FileProcessor(str(source), osmium.osm.NODE)
        if node.id in used and node.location.valid()
    }
    number = {ref: index + 1 for index, ref in enumerate(sorted(nodes))}
    place = np.array([nodes[ref][:2] for ref in sorted(nodes)])
    step = np.ptp(place, axis=0) + GAP_DEG
    drivable = sorted(
        {
            number[ref]
            for _, tags, refs in ways
            if tags["highway"] in _DRIVABLE
            for ref in refs
            if ref in nodes
        }
    )
    edges = _edge_nodes(place, np.array(drivable))
    target.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(target)) as writer:
        tiles = [(column, row) for row in range(rows) for column in range(columns)]
        for tile, (column, row) in enumerate(tiles):
            for ref in sorted(nodes):
                lon, lat, tags = nodes[ref]
                shifted = (lon + column * step[0], lat + row * step[1])
                writer.add_node(
                    Node(id=tile * len(nodes) + number[ref], location=shifted, tags=tags)
                )
        for tile in range(len(tiles)):
            for index, (_, tags, refs) in enumerate(ways):
                here = [tile * len(nodes) + number[ref] for ref in refs if ref in nodes]
                if len(here) > 1:
                    writer.add_way(Way(id=tile * len(ways) + index + 1, nodes=here, tags=tags))
        first = len(tiles) * len(ways) + 1
        for index, (a, b) in enumerate(_links(tiles, columns, rows, edges, len(nodes))):
            writer.add_way(Way(id=first + index, nodes=[a, b], tags={"highway": "tertiary"}))
    return len(nodes) * len(tiles)


def _edge_nodes(place: np.ndarray, drivable: np.ndarray) -> dict[str, list[int]]:
    """Numbers of drivable nodes along the four edges, at ``LINKS`` even heights."""
    low, high = place.min(axis=0), place.max(axis=0)
    there = place[drivable - 1]
    found: dict[str, list[int]] = {}
    for name, axis, end in (
        ("west", 0, low),
        ("east", 0, high),
        ("south", 1, low),
        ("north", 1, high),
    ):
        other = 1 - axis
        heights = np.linspace(low[other], high[other], LINKS + 2)[1:-1]
        found[name] = [
            int(
                drivable[
                    (np.abs(there[:, axis] - end[axis]) + 3 * np.abs(there[:, other] - at)).argmin()
                ]
            )
            for at in heights
        ]
    return found


def _links(
    tiles: list[tuple[int, int]], columns: int, rows: int, edges: dict[str, list[int]], size: int
) -> list[tuple[int, int]]:
    pairs = []
    for tile, (column, row) in enumerate(tiles):
        if column + 1 < columns:
            pairs += [
                (tile * size + a, (tile + 1) * size + b)
                for a, b in zip(edges["east"], edges["west"], strict=True)
            ]
        if row + 1 < rows:
            pairs += [
                (tile * size + a, (tile + columns) * size + b)
                for a, b in zip(edges["north"], edges["south"], strict=True)
            ]
    return pairs
