"""Streets from OpenStreetMap files: ``.osm``, ``.osm.gz``, ``.osm.bz2`` and ``.osm.pbf``."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
from osmium.filter import KeyFilter
from osmium.osm import Node, Relation

from patrol.model.errors import InputError
from patrol.model.unit import Mode
from patrol.read.osm_tags import (
    NODE_KEYS,
    WAY_KEYS,
    find_class,
    node_closed,
    node_flag,
    read_way,
)
from patrol.routing.streets import MODE_ACCESS, Access, Floats, NodeFlag, StreetNetwork
from patrol.routing.ways import NodeFacts, Restriction, Way, WayTags, make_network

SUFFIXES = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf")

_Values = tuple[str | None, ...]
"""What an object has under each of the keys that are read."""

Progress = Callable[[str, int], None]
"""Told what is being done and how many were done."""

_TELL_EVERY = 10_000
_OUTSIDE = "nodes outside the extract"


@dataclass(frozen=True, slots=True)
class StreetImport:
    """What was read: ways seen, ways kept, ways refused by reason, and what to look at."""

    network: StreetNetwork
    read: int
    kept: int
    refused: dict[str, int]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    ways: list[Way] = field(default_factory=list)
    read: int = 0
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    flags: dict[int, NodeFlag] = field(default_factory=dict)
    closed: dict[int, Access] = field(default_factory=dict)
    restrictions: list[Restriction] = field(default_factory=list)
    unread_restrictions: int = 0
    tags: dict[_Values, WayTags | str] = field(default_factory=dict)
    """What ways of these values are, or why they are refused: most ways are like others."""
    facts: dict[_Values, tuple[NodeFlag, Access]] = field(default_factory=dict)
    """The same for nodes: crossings and signals are all alike."""


def read_streets(path: Path, segment_m: float, progress: Progress | None = None) -> StreetImport:
    """Read all streets of a file.

    Parameters
    ----------
    path
        An OpenStreetMap file; its name ends in one of :data:`SUFFIXES`.
    segment_m
        Longest street segment, > 0.
    progress
        Called now and then with what is being done and a count.

    Raises
    ------
    InputError
        If the file is missing, damaged, cut short or no OpenStreetMap file, or holds no street;
        the message names the file and, where it is known, the line or byte.
    """
    _check_file(path)
    found = _Found()
    try:
        _read_objects(path, found, progress)
    except (RuntimeError, OSError, UnicodeDecodeError) as error:
        raise InputError(_explain(path, error)) from error
    if not found.ways:
        raise InputError(
            f"{path}: no street in it: {found.read} ways with a highway tag, "
            f"{_listed(found.refused) or 'none refused'}"
        )
    if progress is not None:
        progress("splitting ways", len(found.ways))
    facts = NodeFacts(found.flags, found.closed)
    network = make_network(found.ways, segment_m, facts, found.restrictions)
    return StreetImport(
        network=network,
        read=found.read,
        kept=found.kept,
        refused=dict(sorted(found.refused.items())),
        warnings=_warnings(found, network),
    )


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if not path.name.lower().endswith(SUFFIXES):
        raise InputError(f"{path}: the name of a street file must end in {', '.join(SUFFIXES)}")
    if not path.stat().st_size:
        raise InputError(f"{path}: the file is empty")


def _read_objects(path: Path, found: _Found, progress: Progress | None) -> None:
    lines = osmium.geom.WKBFactory()
    objects = (
        osmium.FileProcessor(str(path))
        .with_locations()
        .with_filter(KeyFilter("highway", "barrier", "restriction", "restriction:motorcar"))
    )
    for thing in objects:
        if isinstance(thing, osmium.osm.Way):
            _take_way(thing, lines, found)
            if progress is not None and found.read % _TELL_EVERY == 0:
                progress("reading ways", found.read)
        elif isinstance(thing, Node):
            _take_node(thing, found)
        elif isinstance(thing, Relation):
            _take_restriction(thing, found)


def _take_way(way: osmium.osm.Way, lines: osmium.geom.WKBFactory, found: _Found) -> None:
    # Asking for the keys that matter takes half the time of listing all tags of the way.
    values = tuple(map(way.tags.get, WAY_KEYS))
    if values[0] is None:
        return
    found.read += 1
    tags = found.tags.get(values)
    if tags is None:
        tags = found.tags[values] = _way_tags(values)
    if isinstance(tags, str):
        found.refused[tags] += 1
        return
    nodes = [node.ref for node in way.nodes]
    try:
        lon, lat = _coordinates(lines, way)
    except (osmium.InvalidLocationError, RuntimeError):
        _take_parts(way, tags, found)
        return
    if len(set(nodes)) < 2:
        found.refused["fewer than two nodes"] += 1
        return
    found.kept += 1
    found.ways.append(Way(way.id, tags, nodes, lon, lat))


def _way_tags(values: _Values) -> WayTags | str:
    """What holds for a way, or why it is refused."""
    plain = _plain(WAY_KEYS, values)
    street_class = find_class(plain)
    if street_class is None:
        return f"no street: highway={plain['highway'][:40]}"
    tags = read_way(street_class, plain)
    return tags if tags.access else "nobody may use it"


def _plain(keys: tuple[str, ...], values: _Values) -> dict[str, str]:
    return {key: value for key, value in zip(keys, values, strict=True) if value is not None}


def _coordinates(lines: osmium.geom.WKBFactory, way: osmium.osm.Way) -> tuple[Floats, Floats]:
    """All coordinates at once through well-known binary: five times as fast as node by node."""
    data = bytes.fromhex(lines.create_linestring(way, osmium.geom.use_nodes.ALL))
    points = np.frombuffer(data, dtype="<f8", offset=9).reshape(-1, 2)
    return points[:, 0], points[:, 1]


def _take_parts(way: osmium.osm.Way, tags: WayTags, found: _Found) -> None:
    """Keep the stretches of a way whose nodes are in the file (extracts cut ways at their edge)."""
    part: list[tuple[int, float, float]] = []
    parts = [part]
    for node in way.nodes:
        if node.location.valid():
            part.append((node.ref, node.location.lon, node.location.lat))
        elif part:
            part = []
            parts.append(part)
    whole = [rows for rows in parts if len({row[0] for row in rows}) > 1]
    if not whole:
        found.refused[_OUTSIDE] += 1
        return
    found.kept += 1
    found.cut += 1
    for rows in whole:
        nodes, lon, lat = zip(*rows, strict=True)
        found.ways.append(Way(way.id, tags, nodes, lon, lat))


def _take_node(node: Node, found: _Found) -> None:
    values = tuple(map(node.tags.get, NODE_KEYS))
    facts = found.facts.get(values)
    if facts is None:
        tags = _plain(NODE_KEYS, values)
        facts = found.facts[values] = node_flag(tags), node_closed(tags)
    flag, closed = facts
    if flag:
        found.flags[node.id] = flag
    if closed:
        found.closed[node.id] = closed


def _take_restriction(relation: Relation, found: _Found) -> None:
    tags = {tag.k: tag.v for tag in relation.tags}
    kind = tags.get("restriction:motorcar") or tags.get("restriction", "")
    if not kind.startswith(("no_", "only_")):
        return
    members: dict[str, list[tuple[str, int]]] = {}
    for member in relation.members:
        members.setdefault(member.role, []).append((member.type, member.ref))
    via = members.get("via", [])
    if len(via) != 1 or via[0][0] != "n":
        found.unread_restrictions += 1
        return
    access = _restricted_modes(tags)
    found.restrictions.extend(
        Restriction(source, via[0][1], goal, only=kind.startswith("only_"), access=access)
        for _, source in members.get("from", [])
        for _, goal in members.get("to", [])
    )


def _restricted_modes(tags: Mapping[str, str]) -> Access:
    """Cars always; bicycles unless excepted or the sign is for motor cars only."""
    excepted = tags.get("except", "")
    bits = Access(0)
    for mode, word in ((Mode.CAR, "motorcar"), (Mode.EBIKE, "bicycle")):
        only_cars = mode is Mode.EBIKE and "restriction" not in tags
        if word not in excepted and not only_cars:
            bits |= MODE_ACCESS[mode][0] | MODE_ACCESS[mode][1]
    return bits


def _warnings(found: _Found, network: StreetNetwork) -> tuple[str, ...]:
    notes = []
    if found.cut:
        notes.append(f"{found.cut} ways were cut where their nodes are not in the file")
    if found.unread_restrictions:
        notes.append(
            f"{found.unread_restrictions} turn restrictions were not read: they go through a way, "
            "not a node"
        )
    unnamed = sum(not name for name in network.seg_name)
    if unnamed > network.segment_count / 2:
        notes.append(f"{unnamed} of {network.segment_count} segments have no name")
    box = network.bbox
    if box.east - box.west > 3 or box.north - box.south > 3:
        notes.append(
            f"the streets span {box.east - box.west:.1f} x {box.north - box.south:.1f} degrees: "
            "distances are exact to 0.1 % only within 60 km of the middle"
        )
    for mode, (forward, back) in MODE_ACCESS.items():
        if not (network.seg_access & int(forward | back)).any():
            notes.append(f"no street is open to mode {mode}: its units can reach nothing")
    return tuple(notes)


def _listed(refused: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(refused.items()))


def _explain(path: Path, error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    where = re.search(r"line (\d+)", text)
    name = f"{path}:{where[1]}" if where else f"{path}"
    return f"{name}: not a whole OpenStreetMap file of {path.stat().st_size} bytes: {text}"
