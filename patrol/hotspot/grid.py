"""Square cells over the area of the data, where streets are missing or a benchmark asks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.hotspot.events import Floats
from patrol.model.errors import InputError

MIN_CELL_M, MAX_CELL_M = 50.0, 1_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Cells that hold at least one point: the area of the data.

    ``center_m`` (m, 2) are the cells' centers in local meters; ``cell`` (n,) the cell of each
    point, -1 where the place is unknown.
    """

    cell_m: float
    center_m: Floats
    cell: NDArray[np.int32]
    west_m: float
    south_m: float
    width: int
    flat: NDArray[np.int64]
    """Row times ``width`` plus column of each cell, rising."""

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.center_m)

    @property
    def area_km2(self) -> float:
        """Area of all cells."""
        return self.count * self.cell_m**2 / 1e6

    def find_cells(self, x_m: Floats, y_m: Floats) -> NDArray[np.int32]:
        """The cell of each point (n,), -1 outside all cells and where the place is unknown."""
        column = np.floor((x_m - self.west_m) / self.cell_m)
        row = np.floor((y_m - self.south_m) / self.cell_m)
        inside = (column >= 0) & (column < self.width) & (row >= 0)  # false for NaN
        wanted = np.where(inside, row * self.width + column, -1).astype(np.int64)
        at = np.minimum(np.searchsorted(self.flat, wanted), self.count - 1)
        return np.where(inside & (self.flat[at] == wanted), at, -1).astype(np.int32)


def make_grid(x_m: Floats, y_m: Floats, cell_m: float) -> Grid:
    """Lay cells from the south-western corner of the points.

    Only cells that hold a point are kept: water, parks and hills where nothing was ever reported
    would make every share of the area look better than it is.

    Parameters
    ----------
    x_m, y_m
        Local meters, shape (n,), NaN where unknown.
    cell_m
        Side of a cell, in [50, 1000].

    Raises
    ------
    InputError
        If ``cell_m`` is out of range or no point has a place.
    """
    if not MIN_CELL_M <= cell_m <= MAX_CELL_M:
        raise InputError(f"cell side must be in [{MIN_CELL_M:g}, {MAX_CELL_M:g}] m, got {cell_m:g}")
    known = np.isfinite(x_m) & np.isfinite(y_m)
    if not known.any():
        raise InputError("no incident has a place, so there is no area to lay cells over")
    west_m, south_m = float(x_m[known].min()), float(y_m[known].min())
    column = np.floor((x_m[known] - west_m) / cell_m).astype(np.int64)
    row = np.floor((y_m[known] - south_m) / cell_m).astype(np.int64)
    width = int(column.max()) + 1
    flat, which = np.unique(row * width + column, return_inverse=True)
    cell = np.full(len(x_m), -1, dtype=np.int32)
    cell[known] = which.ravel()
    center_m = np.column_stack(
        (west_m + (flat % width + 0.5) * cell_m, south_m + (flat // width + 0.5) * cell_m)
    )
    return Grid(cell_m, center_m, cell, west_m, south_m, width, flat)
