"""Draw one town: a warped grid of streets with alleys, a square, a park, bridges and stairs."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from patrol.demo.drawing import Drawing, Point
from patrol.demo.names import Name, street_names
from patrol.demo.river import River

Cell = tuple[int, int]
Edge = tuple[Cell, Cell]

MAIN_EVERY = 6
"""Every sixth line of the grid is an avenue (``secondary``), every third a ``tertiary`` road."""
ROUNDNESS = 3.0
"""Exponent of the superellipse that cuts the town out of its grid: 2 is round, 9 a rectangle."""
KEPT_SHARE = 0.88
"""Share of residential street pieces that exist; the missing ones make the blocks uneven."""
ALLEY_SHARE = 0.55
"""Share of blocks that an alley runs through."""
BANK_M = 32.0
"""Distance of the riverside walks from the middle of the river."""


@dataclass(frozen=True, slots=True)
class TownPlan:
    """What a town is to look like: where, how turned, how many blocks of which size."""

    id: str
    name: Name
    center: Point
    turn_deg: float
    columns: int
    rows: int
    block_m: float
    residents: int

    @property
    def radius_m(self) -> float:
        """Half of the longer side."""
        return max(self.columns, self.rows) * self.block_m / 2


@dataclass(slots=True)
class Piece:
    """One piece of street between two corners, with the nodes in between and its class."""

    kind: str
    between: list[int] = field(default_factory=list)
    bridge: tuple[int, int] | None = None


@dataclass(slots=True)
class TownStreets:
    """The town while it is drawn: corners by column and row, pieces between them."""

    plan: TownPlan
    corners: dict[Cell, int] = field(default_factory=dict)
    pieces: dict[Edge, Piece] = field(default_factory=dict)

    def gate(self, drawing: Drawing, toward: Point) -> int:
        """The corner on an avenue that lies farthest out in the direction of a point."""
        dx, dy = toward[0] - self.plan.center[0], toward[1] - self.plan.center[1]
        avenues = [
            cell
            for edge, piece in self.pieces.items()
            if piece.kind == "secondary"
            for cell in edge
        ]
        best = max(
            avenues,
            key=lambda cell: (
                dx * drawing.at(self.corners[cell])[0] + dy * drawing.at(self.corners[cell])[1]
            ),
        )
        return self.corners[best]


def draw_town(
    drawing: Drawing, plan: TownPlan, river: River, rng: np.random.Generator
) -> TownStreets:
    """Draw all streets of a town; returns them for what is joined to the town later."""
    town = TownStreets(plan)
    _lay_corners(drawing, town, rng)
    _lay_pieces(drawing, town, river, rng)
    _lay_square(town)
    _draw_alleys(drawing, town, river, rng)
    _draw_lines(drawing, town, rng)
    _draw_square_paths(drawing, town)
    _draw_park(drawing, town)
    _draw_riverside(drawing, town, river)
    return town


def _lay_corners(drawing: Drawing, town: TownStreets, rng: np.random.Generator) -> None:
    plan = town.plan
    turn = math.radians(plan.turn_deg)
    for i in range(plan.columns):
        for j in range(plan.rows):
            u = 2 * i / (plan.columns - 1) - 1
            v = 2 * j / (plan.rows - 1) - 1
            if abs(u) ** ROUNDNESS + abs(v) ** ROUNDNESS > 1.15:
                continue
            x = (i - (plan.columns - 1) / 2 + 0.35 * math.sin(2.1 * v + 0.4)) * plan.block_m
            y = (j - (plan.rows - 1) / 2 + 0.30 * math.sin(2.6 * u)) * plan.block_m
            x += rng.normal(0, 0.05) * plan.block_m
            y += rng.normal(0, 0.05) * plan.block_m
            town.corners[i, j] = drawing.add_node(
                plan.center[0] + x * math.cos(turn) - y * math.sin(turn),
                plan.center[1] + x * math.sin(turn) + y * math.cos(turn),
            )


def _line_kind(index: int) -> str:
    if index % MAIN_EVERY == MAIN_EVERY // 2:
        return "secondary"
    return "tertiary" if index % (MAIN_EVERY // 2) == 0 else "residential"


def _lay_pieces(
    drawing: Drawing, town: TownStreets, river: River, rng: np.random.Generator
) -> None:
    for i, j in town.corners:
        for cell, line in (((i + 1, j), j), ((i, j + 1), i)):
            if cell not in town.corners:
                continue
            kind = _line_kind(line)
            if kind == "residential" and rng.random() > KEPT_SHARE:
                continue
            piece = Piece(kind)
            start, end = drawing.at(town.corners[i, j]), drawing.at(town.corners[cell])
            if river.between(start, end):
                if kind == "residential":
                    continue
                _add_bridge(drawing, piece, river.crossing(start, end), start, end)
            town.pieces[(i, j), cell] = piece


def _add_bridge(drawing: Drawing, piece: Piece, middle: Point, start: Point, end: Point) -> None:
    length = math.dist(start, end)
    reach = min(BANK_M / length, 0.4)
    ends = [
        (
            middle[0] + side * reach * (end[0] - start[0]),
            middle[1] + side * reach * (end[1] - start[1]),
        )
        for side in (-1, 1)
    ]
    piece.bridge = (drawing.add_node(*ends[0]), drawing.add_node(*ends[1]))
    piece.between = list(piece.bridge)


def _middle_block(town: TownStreets) -> Cell:
    return town.plan.columns // 2 - 1, town.plan.rows // 2 - 1


def _block_edges(cell: Cell) -> tuple[Edge, Edge, Edge, Edge]:
    i, j = cell
    return (
        ((i, j), (i + 1, j)),
        ((i, j + 1), (i + 1, j + 1)),
        ((i, j), (i, j + 1)),
        ((i + 1, j), (i + 1, j + 1)),
    )


def _lay_square(town: TownStreets) -> None:
    """Make the streets around the middle block, and one market street beside it, pedestrian."""
    i, j = _middle_block(town)
    for edge in (*_block_edges((i, j)), *(((i + k, j), (i + k + 1, j)) for k in range(1, 4))):
        piece = town.pieces.get(edge)
        if piece is None and all(cell in town.corners for cell in edge):
            town.pieces[edge] = Piece("pedestrian")
        elif piece is not None and piece.bridge is None and piece.kind == "residential":
            piece.kind = "pedestrian"


def _draw_alleys(
    drawing: Drawing, town: TownStreets, river: River, rng: np.random.Generator
) -> None:
    """Run an alley through many blocks, from the middle of one side to that of the other."""
    names = street_names("alley", rng)
    middle = _middle_block(town)
    for cell in sorted(town.corners):
        edges = _block_edges(cell)
        if cell == middle or rng.random() > ALLEY_SHARE:
            continue
        pair = edges[:2] if rng.random() < 0.5 else edges[2:]
        sides = [town.pieces.get(edge) for edge in pair]
        if any(side is None or side.between for side in sides):
            continue
        ends = [_split(drawing, town, edge, rng) for edge in pair]
        bend = _bend(drawing, ends[0], ends[1], rng)
        points = [drawing.at(node) for node in (ends[0], bend, ends[1])]
        if not any(river.between(one, other) for one, other in itertools.pairwise(points)):
            _draw_alley(drawing, (ends[0], bend, ends[1]), next(names), rng)


def _split(drawing: Drawing, town: TownStreets, edge: Edge, rng: np.random.Generator) -> int:
    (x0, y0), (x1, y1) = (drawing.at(town.corners[cell]) for cell in edge)
    share = rng.uniform(0.35, 0.65)
    node = drawing.add_node(x0 + share * (x1 - x0), y0 + share * (y1 - y0))
    town.pieces[edge].between = [node]
    return node


def _bend(drawing: Drawing, start: int, end: int, rng: np.random.Generator) -> int:
    (x0, y0), (x1, y1) = drawing.at(start), drawing.at(end)
    return drawing.add_node((x0 + x1) / 2 + rng.normal(0, 9), (y0 + y1) / 2 + rng.normal(0, 9))


def _draw_alley(
    drawing: Drawing, line: tuple[int, int, int], name: Name, rng: np.random.Generator
) -> None:
    kind = rng.random()
    lit = "yes" if rng.random() < 0.4 else "no"
    named = {"name": name.zh, "name__en": name.en, "lit": lit}
    if kind < 0.62:
        drawing.add_way(line, highway="service", service="alley", **named)
    elif kind < 0.85:
        drawing.add_way(line, highway="footway", **named)
    else:
        # A stair in the middle of the lane: on foot all the way through, on wheels neither way.
        drawing.add_way(line[:2], highway="footway", **named)
        drawing.add_way(line[1:], highway="steps", **named)


def _draw_lines(drawing: Drawing, town: TownStreets, rng: np.random.Generator) -> None:
    names = {kind: street_names(kind, rng) for kind in ("secondary", "tertiary", "residential")}
    for is_row in (True, False):
        for line in range(town.plan.rows if is_row else town.plan.columns):
            kind = _line_kind(line)
            tags = {"lit": "yes"} if kind != "residential" else {}
            if kind == "residential" and line % 4 == 1:
                tags |= {"oneway": "yes", "oneway__bicycle": "no" if line % 8 == 1 else ""}
            name = next(names[kind])
            tags |= {"name": name.zh, "name__en": name.en}
            edges = list(_line_edges(town, line, is_row=is_row))
            if line % 8 == 5:
                edges = [(end, start) for start, end in reversed(edges)]
            _draw_line(drawing, town, edges, tags)


def _line_edges(town: TownStreets, line: int, *, is_row: bool) -> Iterator[Edge]:
    for step in range((town.plan.columns if is_row else town.plan.rows) - 1):
        yield ((step, line), (step + 1, line)) if is_row else ((line, step), (line, step + 1))


def _draw_line(
    drawing: Drawing, town: TownStreets, edges: list[Edge], tags: dict[str, str]
) -> None:
    """Draw a line as ways: a new one where a piece is missing, a bridge or of another class."""
    run: list[int] = []
    run_kind = ""

    def finish() -> None:
        if len(run) > 1:
            extra = (
                {}
                if run_kind != "pedestrian"
                else {"oneway": "", "oneway__bicycle": "", "lit": "yes"}
            )
            drawing.add_way(run, **{**tags, "highway": run_kind, **extra})

    for start, end in edges:
        forward = (start, end) in town.pieces
        piece = town.pieces.get((start, end) if forward else (end, start))
        if piece is None or piece.kind != run_kind or not run:
            finish()
            run, run_kind = [], piece.kind if piece else ""
        if piece is None:
            continue
        between = piece.between if forward else piece.between[::-1]
        run = run or [town.corners[start]]
        if piece.bridge:
            run.append(between[0])
            finish()
            drawing.add_way(between, **{**tags, "highway": run_kind, "bridge": "yes", "layer": "1"})
            run = [between[1], town.corners[end]]
        else:
            run += [*between, town.corners[end]]
    finish()


def _draw_square_paths(drawing: Drawing, town: TownStreets) -> None:
    """Cross the square on foot, up a stair to its terrace."""
    corners = [
        town.corners[cell] for edge in _block_edges(_middle_block(town))[:2] for cell in edge
    ]
    x, y = np.mean([drawing.at(corner) for corner in corners], axis=0)
    middle = drawing.add_mark(
        float(x), float(y), {"place": "square", "name": f"{town.plan.name.zh}广场"}
    )
    for number, corner in enumerate(corners):
        kind = "steps" if number == 3 else "footway"
        drawing.add_way(
            (corner, middle), highway=kind, name="广场步道", name__en="Square Walk", lit="yes"
        )


def _draw_park(drawing: Drawing, town: TownStreets) -> None:
    """A park two blocks from the square: a path around a pond, joined at its corners."""
    i, j = _middle_block(town)
    cells = [(i - 3, j + 2), (i - 1, j + 2), (i - 1, j + 4), (i - 3, j + 4)]
    corners = [town.corners[cell] for cell in cells if cell in town.corners]
    if len(corners) < 3:
        return
    x, y = np.mean([drawing.at(corner) for corner in corners], axis=0)
    ring = [
        drawing.add_node(float(x) + 70 * math.cos(angle), float(y) + 50 * math.sin(angle))
        for angle in np.linspace(0, 2 * math.pi, 12, endpoint=False)
    ]
    named = {"name": "环湖步道", "name__en": "Pond Walk"}
    drawing.add_way((*ring, ring[0]), highway="footway", lit="no", **named)
    for corner in corners:
        nearest = min(ring, key=lambda node: math.dist(drawing.at(node), drawing.at(corner)))
        drawing.add_way((corner, nearest), highway="path", bicycle="yes", lit="no", **named)


def _draw_riverside(drawing: Drawing, town: TownStreets, river: River) -> None:
    """Ways for bicycles along both banks, from bridge to bridge."""
    bridges = [piece.bridge for piece in town.pieces.values() if piece.bridge]
    for side in (0, 1):
        ends = [_by_side(drawing, river, bridge)[side] for bridge in bridges]
        ends.sort(key=lambda node: drawing.at(node)[1])
        for start, end in itertools.pairwise(ends):
            (_, y0), (_, y1) = drawing.at(start), drawing.at(end)
            steps = max(1, round((y1 - y0) / 60))
            between = [
                drawing.add_node(river.x_m(y) + (BANK_M if side else -BANK_M), y)
                for y in np.linspace(y0, y1, steps + 1)[1:-1]
            ]
            drawing.add_way(
                (start, *between, end),
                highway="cycleway",
                foot="designated",
                name="滨河绿道" + ("东" if side else "西"),
                name__en="Riverside Greenway " + ("East" if side else "West"),
                lit="yes" if side else "no",
            )


def _by_side(drawing: Drawing, river: River, bridge: tuple[int, int]) -> tuple[int, int]:
    """The bridge's ends, the one on the western bank first."""
    x, y = drawing.at(bridge[0])
    return bridge if x < river.x_m(y) else (bridge[1], bridge[0])
