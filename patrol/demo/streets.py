"""The made county's streets: three towns, villages, a river, and the roads that join them."""

import math
from dataclasses import dataclass

import numpy as np

from patrol.demo.drawing import Drawing, Point
from patrol.demo.names import Name, street_names, village_names
from patrol.demo.river import River
from patrol.demo.town import TownPlan, TownStreets, draw_town
from patrol.model.place import Place, Projection

# The county lies in the open sea, so that no point of it can be taken for a real address.
MIDDLE = Place(123.55, 30.85)
SOUTH_M, NORTH_M, WEST_M, EAST_M = -9_000.0, 9_000.0, -11_000.0, 11_000.0

TOWNS = (
    TownPlan("yunxi", Name("云溪镇", "Yunxi"), (0.0, 0.0), 7.0, 26, 22, 165.0, 118_000),
    TownPlan(
        "shiqiao", Name("石桥镇", "Shiqiao"), (6_900.0, 4_300.0), -14.0, 16, 14, 155.0, 46_000
    ),
    TownPlan("liuwan", Name("柳湾镇", "Liuwan"), (-6_300.0, -4_700.0), 21.0, 15, 12, 150.0, 31_000),
)
VILLAGES: tuple[Point, ...] = (
    (-5_200, 3_600), (-8_900, 600), (-8_600, 6_300), (-1_900, 6_400), (3_400, 7_200),
    (9_300, 300), (5_200, -2_400), (8_600, -6_300), (2_700, -6_900), (-2_400, -7_300),
)  # fmt: skip
JOINED = ((0, 1), (1, 2), (5, 6), (6, 7), (7, 8), (8, 9))
"""Villages with a road from one to the other; chosen so that no road runs through a town."""


@dataclass(frozen=True, slots=True)
class Village:
    """A hamlet: its name, its middle and the corner its road arrives at."""

    name: Name
    center: Point
    gate: int


@dataclass(frozen=True, slots=True)
class MadeStreets:
    """The drawing with what else needs to know where towns, villages and the river are."""

    drawing: Drawing
    towns: tuple[TownStreets, ...]
    villages: tuple[Village, ...]
    river: River


def make_streets(seed: int) -> MadeStreets:
    """Draw the county; the same seed draws the same streets."""
    rng = np.random.default_rng(seed)
    drawing, river = Drawing(Projection(MIDDLE)), River()
    river.draw(drawing, SOUTH_M, NORTH_M)
    towns = tuple(draw_town(drawing, plan, river, rng) for plan in TOWNS)
    villages = tuple(
        _draw_village(drawing, name, center, rng)
        for name, center in zip(village_names(), VILLAGES, strict=False)
    )
    _draw_town_roads(drawing, towns, river, rng)
    _draw_village_roads(drawing, towns, villages, river, rng)
    return MadeStreets(drawing, towns, villages, river)


def _draw_village(drawing: Drawing, name: Name, center: Point, rng: np.random.Generator) -> Village:
    """A few lanes around a threshing ground, and farm tracks into the fields."""
    columns, rows, block_m = 5, 4, 85.0
    corners = {
        (i, j): drawing.add_node(
            center[0] + (i - 2) * block_m + rng.normal(0, 9),
            center[1] + (j - 1.5) * block_m + rng.normal(0, 9),
        )
        for i in range(columns)
        for j in range(rows)
    }
    lane = {"highway": "residential", "name": f"{name.zh}村道", "name__en": f"{name.en} Lane"}
    for j in range(rows):
        kind = (
            lane if j % 2 == 0 else {**lane, "highway": "service", "service": "alley", "lit": "no"}
        )
        drawing.add_way([corners[i, j] for i in range(columns)], **kind)
    for i in (0, 2, 4):
        drawing.add_way([corners[i, j] for j in range(rows)], **lane)
    for cell in ((0, 3), (4, 0), (4, 3)):
        x, y = drawing.at(corners[cell])
        angle = math.atan2(y - center[1], x - center[0])
        field = drawing.add_node(x + 400 * math.cos(angle), y + 400 * math.sin(angle))
        drawing.add_way((corners[cell], field), highway="track", tracktype="grade2", lit="no")
    return Village(name, center, corners[0, 0])


def _draw_town_roads(
    drawing: Drawing, towns: tuple[TownStreets, ...], river: River, rng: np.random.Generator
) -> None:
    """Join the county seat to each other town by a county road."""
    seat, *others = towns
    for number, other in enumerate(others, start=101):
        start = seat.gate(drawing, other.plan.center)
        end = other.gate(drawing, seat.plan.center)
        tags = {
            "highway": "primary",
            "name": f"{seat.plan.name.zh[0]}{other.plan.name.zh[0]}公路",
            "name__en": f"{seat.plan.name.en}-{other.plan.name.en} Highway",
            "ref": f"X{number}",
        }
        _draw_road(drawing, start, end, river, tags, rng)


def _draw_village_roads(
    drawing: Drawing,
    towns: tuple[TownStreets, ...],
    villages: tuple[Village, ...],
    river: River,
    rng: np.random.Generator,
) -> None:
    """Join every village to the nearest town, and some to each other."""
    ends = [(village, _nearest_gate(drawing, towns, village), "tertiary") for village in villages]
    ends += [(villages[one], villages[other].gate, "unclassified") for one, other in JOINED]
    for (village, end, kind), name in zip(ends, street_names("tertiary", rng), strict=False):
        tags = {
            "highway": kind,
            "name": f"{village.name.zh}{name.zh}",
            "name__en": f"{village.name.en} {name.en}",
        }
        _draw_road(drawing, village.gate, end, river, tags, rng)


def _nearest_gate(drawing: Drawing, towns: tuple[TownStreets, ...], village: Village) -> int:
    town = min(towns, key=lambda one: math.dist(one.plan.center, village.center))
    return town.gate(drawing, village.center)


def _draw_road(
    drawing: Drawing,
    start: int,
    end: int,
    river: River,
    tags: dict[str, str],
    rng: np.random.Generator,
) -> None:
    """A gently winding road with a junction-free node every 180 m and a bridge over the river."""
    points = _winding_line(drawing.at(start), drawing.at(end), rng)
    nodes = [start, *(drawing.add_node(*point) for point in points[1:-1]), end]
    run = [start]
    for number in range(1, len(nodes)):
        if river.between(points[number - 1], points[number]):
            if len(run) > 1:
                drawing.add_way(run, **tags)
            drawing.add_way(nodes[number - 1 : number + 1], **tags, bridge="yes", layer="1")
            run = [nodes[number]]
        else:
            run.append(nodes[number])
    if len(run) > 1:
        drawing.add_way(run, **tags)


def _winding_line(first: Point, last: Point, rng: np.random.Generator) -> list[Point]:
    length = math.dist(first, last)
    steps = max(2, round(length / 180))
    swing, phase = rng.uniform(0.02, 0.05) * length, rng.uniform(1, 2.5)
    across = (-(last[1] - first[1]) / length, (last[0] - first[0]) / length)
    line = [first]
    for step in range(1, steps):
        share = step / steps
        shift = swing * math.sin(share * math.pi) * math.sin(phase * share * math.pi)
        line.append(
            (
                first[0] + share * (last[0] - first[0]) + shift * across[0],
                first[1] + share * (last[1] - first[1]) + shift * across[1],
            )
        )
    return [*line, last]
