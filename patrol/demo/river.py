"""The county's river: it runs from north to south, so one number says where it is."""

import math
from dataclasses import dataclass

from patrol.demo.drawing import Drawing, Point


@dataclass(frozen=True, slots=True)
class River:
    """A winding river; its middle lies at ``x_m(y)``, meters east of the county's middle."""

    offset_m: float = 500.0
    swing_m: float = 650.0
    bend_m: float = 3_400.0

    def x_m(self, y_m: float) -> float:
        """Meters east of the county's middle where the river crosses the given northing."""
        return (
            self.offset_m
            + self.swing_m * math.sin(y_m / self.bend_m * 2)
            + 0.35 * self.swing_m * math.sin(y_m / self.bend_m * 4.7 + 1)
        )

    def between(self, start: Point, end: Point) -> bool:
        """Whether the river runs between two points."""
        return (start[0] < self.x_m(start[1])) != (end[0] < self.x_m(end[1]))

    def crossing(self, start: Point, end: Point) -> Point:
        """Where a straight line from one bank to the other meets the river (bisection)."""
        low, high = 0.0, 1.0
        west_first = start[0] < self.x_m(start[1])
        for _ in range(30):
            middle = (low + high) / 2
            point = _along(start, end, middle)
            if (point[0] < self.x_m(point[1])) == west_first:
                low = middle
            else:
                high = middle
        return _along(start, end, (low + high) / 2)

    def draw(self, drawing: Drawing, south_m: float, north_m: float) -> None:
        """Draw the river's middle line."""
        steps = int((north_m - south_m) / 100)
        nodes = []
        for step in range(steps + 1):
            y = north_m - (north_m - south_m) * step / steps
            nodes.append(drawing.add_node(self.x_m(y), y))
        drawing.add_way(nodes, waterway="river", name="云溪河", name__en="Yunxi River")


def _along(start: Point, end: Point, share: float) -> Point:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
