"""A sheet on which streets are drawn in meters and that is written as an OpenStreetMap file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from patrol.model.place import BBox, Place, Projection

Point = tuple[float, float]
"""Meters east and north of the county's middle."""


@dataclass(frozen=True, slots=True)
class Way:
    """One drawn line: the nodes along it and its OpenStreetMap tags."""

    nodes: tuple[int, ...]
    tags: dict[str, str]


@dataclass(slots=True)
class Drawing:
    """Nodes and ways under one projection; ids count from 1 in the order of drawing."""

    projection: Projection
    points: list[Point] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    marks: dict[int, dict[str, str]] = field(default_factory=dict)

    def add_node(self, x_m: float, y_m: float) -> int:
        """Draw a node; returns its id."""
        self.points.append((float(x_m), float(y_m)))
        return len(self.points)

    def add_mark(self, x_m: float, y_m: float, tags: dict[str, str]) -> int:
        """Draw a node that stands for something: a school, a station."""
        node = self.add_node(x_m, y_m)
        self.marks[node] = tags
        return node

    def add_way(self, nodes: Sequence[int], **tags: str) -> None:
        """Draw a way; one underscore pair in a tag's name stands for a colon (``name__en``)."""
        named = {key.replace("__", ":"): value for key, value in tags.items() if value}
        self.ways.append(Way(tuple(nodes), named))

    def at(self, node: int) -> Point:
        """Where a node lies, meters."""
        return self.points[node - 1]

    def place(self, point: Point) -> Place:
        """The same point in degrees."""
        lon, lat = self.projection.to_lonlat(point[0], point[1])
        return Place(lon, lat)

    @property
    def bbox(self) -> BBox:
        """The box around all nodes."""
        lon, lat = self._degrees()
        return BBox(float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))

    def to_xml(self) -> str:
        """The drawing as OpenStreetMap XML, version 0.6."""
        lon, lat = self._degrees()
        box = self.bbox
        south, west = f'minlat="{box.south:.7f}"', f'minlon="{box.west:.7f}"'
        north, east = f'maxlat="{box.north:.7f}"', f'maxlon="{box.east:.7f}"'
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<osm version="0.6" generator="patrol demo">',
            f"  <bounds {south} {west} {north} {east}/>",
        ]
        for index in range(len(self.points)):
            tags = self.marks.get(index + 1)
            opening = f'  <node id="{index + 1}" lat="{lat[index]:.7f}" lon="{lon[index]:.7f}"'
            lines += (
                [f"{opening}/>"] if not tags else [f"{opening}>", *_tag_lines(tags), "  </node>"]
            )
        for number, way in enumerate(self.ways, start=1):
            refs = [f'    <nd ref="{node}"/>' for node in way.nodes]
            lines += [f'  <way id="{number}">', *refs, *_tag_lines(way.tags), "  </way>"]
        lines.append("</osm>")
        return "\n".join(lines) + "\n"

    def _degrees(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x_m, y_m = np.array(self.points, dtype=np.float64).T
        lon, lat = self.projection.to_lonlat(x_m, y_m)
        return lon, lat


def _tag_lines(tags: dict[str, str]) -> list[str]:
    return [f"    <tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]
