"""From ways as mapped to a street network: split at junctions, lights and a longest length."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.model.errors import InputError
from patrol.model.place import EARTH_RADIUS_M
from patrol.routing.streets import (
    STREET_CLASSES,
    Access,
    Floats,
    NodeFlag,
    StreetNetwork,
    one_line,
)

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WayTags:
    """What holds for a whole way."""

    street_class: str
    access: Access
    name: str = ""
    name_en: str = ""
    lit: int = -1
    maxspeed_kmh: float = 0.0
    rough: int = 0
    incline: int = 0
    """Slope along the way's nodes in percent, up positive."""

    def __post_init__(self) -> None:
        if self.street_class not in STREET_CLASSES:
            raise InputError(
                f"street class must be one of {', '.join(STREET_CLASSES)}, got {self.street_class}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A line of at least two nodes with coordinates in degrees; nodes shared by number join."""

    id: int
    tags: WayTags
    nodes: Sequence[int]
    lon: Sequence[float] | Floats
    lat: Sequence[float] | Floats

    def __post_init__(self) -> None:
        if not 2 <= len(self.nodes) == len(self.lon) == len(self.lat):
            raise InputError(
                f"way {self.id}: needs at least 2 nodes with one lon and lat each, "
                f"got {len(self.nodes)}, {len(self.lon)}, {len(self.lat)}"
            )


@dataclass(frozen=True, slots=True)
class Restriction:
    """No turn from one way to another at a node or, where ``only``, no other turn than this."""

    from_way: int
    via_node: int
    to_way: int
    only: bool
    access: Access


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What is known of single nodes: flags that slow, and modes that cannot pass."""

    flags: Mapping[int, NodeFlag] = field(default_factory=dict)
    closed: Mapping[int, Access] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Vertices:
    """All points of all ways one after the other; arrays of one shape (k,)."""

    way: Longs
    node: Longs
    lon: Floats
    lat: Floats
    split: NDArray[np.bool_]
    along_m: Floats
    """Meters from the first vertex of all, gaps between ways not counted."""


def make_network(
    ways: Sequence[Way],
    segment_m: float,
    facts: NodeFacts | None = None,
    restrictions: Iterable[Restriction] = (),
) -> StreetNetwork:
    """Build the network of street segments.

    Ways are split where they share a node, where a node has a fact, and into equal parts where a
    piece between two splits is longer than ``segment_m``. Ids are ``WAY-NODE`` (the node a piece
    starts at), with ``.PART`` from the second part on: they survive changes elsewhere in the file.

    Parameters
    ----------
    ways
        May be empty. Several ways may carry one id (a way cut by a missing node).
    segment_m
        Longest segment, > 0.
    facts
        Flags and barriers by node number.
    restrictions
        Turn restrictions; those whose ways do not meet at the node are ignored.
    """
    if segment_m <= 0:
        raise InputError(f"segment_m must be > 0, got {segment_m}")
    facts = facts or NodeFacts()
    vertices = _cut_long(_gather(ways, {*facts.flags, *facts.closed}), segment_m)
    starts, ends = _pieces(vertices)
    numbers, inverse = np.unique(
        np.concatenate((vertices.node[starts], vertices.node[ends])), return_inverse=True
    )
    first = np.zeros(len(numbers), dtype=np.int64)
    first[inverse] = np.concatenate((starts, ends))
    counts = ends - starts + 1
    line_ptr = np.concatenate(([0], np.cumsum(counts)))
    points = np.repeat(starts - line_ptr[:-1], counts) + np.arange(line_ptr[-1])
    way_of = vertices.way[starts]
    tags = [way.tags for way in ways]
    seg_from, seg_to = np.split(inverse.astype(np.int32), 2)
    ban, ban_access = _bans(ways, way_of, (seg_from, seg_to), numbers, restrictions)
    return StreetNetwork(
        node_lon=vertices.lon[first],
        node_lat=vertices.lat[first],
        seg_id=_segment_ids(ways, vertices, starts),
        seg_name=_names([item.name for item in tags], way_of),
        seg_name_en=_names([item.name_en for item in tags], way_of),
        seg_class=_each(tags, way_of, np.int8, "street_class"),
        seg_from=seg_from,
        seg_to=seg_to,
        seg_length_m=vertices.along_m[ends] - vertices.along_m[starts],
        seg_access=_each(tags, way_of, np.uint8, "access"),
        seg_lit=_each(tags, way_of, np.int8, "lit"),
        line_ptr=line_ptr,
        line_lon=vertices.lon[points],
        line_lat=vertices.lat[points],
        seg_maxspeed_kmh=_each(tags, way_of, np.float32, "maxspeed_kmh"),
        seg_rough=_each(tags, way_of, np.uint8, "rough"),
        seg_incline=_each(tags, way_of, np.int8, "incline"),
        node_flag=_by_number(numbers, facts.flags),
        node_closed=_by_number(numbers, facts.closed),
        ban=ban,
        ban_access=ban_access,
    )


def _gather(ways: Sequence[Way], marked: set[int]) -> _Vertices:
    counts = np.array([len(way.nodes) for way in ways], dtype=np.int64)
    node = np.fromiter(chain.from_iterable(way.nodes for way in ways), np.int64, counts.sum())
    way_of = np.repeat(np.arange(len(ways)), counts)
    lon = np.concatenate([np.empty(0), *[np.asarray(way.lon, dtype=float) for way in ways]])
    lat = np.concatenate([np.empty(0), *[np.asarray(way.lat, dtype=float) for way in ways]])
    last = np.cumsum(counts) - 1
    _, inverse, uses = np.unique(node, return_inverse=True, return_counts=True)
    split = uses[inverse] > 1
    if marked:
        split |= np.isin(node, np.fromiter(marked, np.int64, len(marked)))
    split[last] = split[last - counts + 1] = True
    along_m = np.concatenate(([0.0], np.cumsum(_step_m(lon, lat, way_of))))[: len(node)]
    return _Vertices(way_of, node, lon, lat, split, along_m)


def _step_m(lon: Floats, lat: Floats, way_of: Longs) -> Floats:
    """Great-circle meters from each vertex to the next, 0 from one way to the next (haversine)."""
    lat_r = np.radians(lat)
    half_lat, half_lon = np.diff(lat_r) / 2, np.radians(np.diff(lon)) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(lat_r[1:]) * np.cos(lat_r[:-1]) * np.sin(half_lon) ** 2
    step_m: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(chord))
    step_m[np.diff(way_of) != 0] = 0.0
    return step_m


def _pieces(vertices: _Vertices) -> tuple[Longs, Longs]:
    """First and last vertex of every piece between two splits of one way."""
    at = np.flatnonzero(vertices.split)
    same_way = vertices.way[at[:-1]] == vertices.way[at[1:]]
    starts, ends = at[:-1][same_way], at[1:][same_way]
    # A node named twice in a row would make a piece from a node to itself with no length.
    real = (ends - starts > 1) | (vertices.node[starts] != vertices.node[ends])
    return starts[real], ends[real]


def _cut_long(vertices: _Vertices, segment_m: float) -> _Vertices:
    starts, ends = _pieces(vertices)
    from_m, length_m = vertices.along_m[starts], vertices.along_m[ends] - vertices.along_m[starts]
    parts = np.maximum(1, np.ceil(length_m / segment_m - 1e-9)).astype(np.int64)
    cuts = parts - 1
    if not cuts.sum():
        return vertices
    piece = np.repeat(np.arange(len(starts)), cuts)
    number = np.arange(cuts.sum()) - np.repeat(np.cumsum(cuts) - cuts, cuts) + 1
    at_m = from_m[piece] + length_m[piece] * number / parts[piece]
    # Where steps have no length several vertices share a measure: stay within the piece.
    before = np.searchsorted(vertices.along_m, at_m, side="right")
    before = np.clip(before, starts[piece] + 1, ends[piece])
    step_m = vertices.along_m[before] - vertices.along_m[before - 1]
    share = (at_m - vertices.along_m[before - 1]) / np.where(step_m > 0, step_m, 1)

    def between(values: Floats) -> Floats:
        middle: Floats = values[before - 1] * (1 - share) + values[before] * share
        whole: Floats = np.insert(values, before, middle)
        return whole

    # Nodes of the map are >= 0 or, in files made by hand, small negatives: cuts get numbers of
    # their own far below.
    fresh = -(2**62) + np.arange(len(at_m))
    return _Vertices(
        way=np.insert(vertices.way, before, vertices.way[before]),
        node=np.insert(vertices.node, before, fresh),
        lon=between(vertices.lon),
        lat=between(vertices.lat),
        split=np.insert(vertices.split, before, values=True),
        along_m=np.insert(vertices.along_m, before, at_m),
    )


def _segment_ids(ways: Sequence[Way], vertices: _Vertices, starts: Longs) -> tuple[str, ...]:
    ids: list[str] = []
    seen: dict[str, int] = {}
    base, part = "", 0
    way_ids = [way.id for way in ways]
    way_of, node_of = vertices.way[starts].tolist(), vertices.node[starts].tolist()
    for way, node in zip(way_of, node_of, strict=True):
        if node > -(2**61):
            base, part = f"{way_ids[way]}-{node}", 0
            times = seen[base] = seen.get(base, 0) + 1
            # A way that comes back to one of its own nodes leaves it twice.
            base = base if times == 1 else f"{base}~{times}"
            ids.append(base)
        else:
            part += 1
            ids.append(f"{base}.{part}")
    return tuple(ids)


def _names(of_ways: Sequence[str], way_of: Longs) -> tuple[str, ...]:
    # Few names are many ways', and few ways one segment's.
    lines = {name: one_line(name) for name in set(of_ways)}
    whole = [lines[name] for name in of_ways]
    return tuple([whole[way] for way in way_of.tolist()])


def _each(tags: Sequence[WayTags], way_of: Longs, dtype: type, name: str) -> NDArray[Any]:
    values = [getattr(item, name) for item in tags]
    if name == "street_class":
        values = [STREET_CLASSES.index(value) for value in values]
    return np.array(values, dtype=dtype)[way_of]


def _by_number(numbers: Longs, known: Mapping[int, int]) -> NDArray[np.uint8]:
    values = np.zeros(len(numbers), dtype=np.uint8)
    if known:
        keys = np.fromiter(known.keys(), np.int64, len(known))
        place = np.searchsorted(numbers, keys).clip(max=len(numbers) - 1)
        here = numbers[place] == keys if len(numbers) else np.zeros(len(keys), dtype=bool)
        values[place[here]] = np.fromiter(known.values(), np.uint8, len(known))[here]
    return values


def _bans(
    ways: Sequence[Way],
    way_of: Longs,
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    numbers: Longs,
    restrictions: Iterable[Restriction],
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Turn restrictions between ways into forbidden turns between segments."""
    place = {int(number): index for index, number in enumerate(numbers)}
    wanted = {place[item.via_node] for item in restrictions if item.via_node in place}
    touching: dict[int, list[int]] = {node: [] for node in wanted}
    for side in ends:
        for segment in np.flatnonzero(np.isin(side, np.fromiter(wanted, np.int64, len(wanted)))):
            touching[int(side[segment])].append(int(segment))
    rows: list[tuple[int, int, int]] = []
    access: list[int] = []
    for item in restrictions:
        node = place.get(item.via_node)
        here = sorted(set(touching[node])) if node is not None else []
        sources = [s for s in here if ways[way_of[s]].id == item.from_way]
        goals = [s for s in here if ways[way_of[s]].id == item.to_way]
        if node is None or not sources or not goals:
            continue
        # Going back on one's own segment is governed by the U-turn rule, not by "only".
        banned = [s for s in here if s not in goals] if item.only else goals
        pairs = [(s, node, t) for s in sources for t in banned if not item.only or t != s]
        rows.extend(pairs)
        access.extend([int(item.access)] * len(pairs))
    return np.array(rows, dtype=np.int32).reshape(-1, 3), np.array(access, dtype=np.uint8)
