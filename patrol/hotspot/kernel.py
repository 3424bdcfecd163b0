"""Kernel density: the plain map that analysts draw, and smoothing for sparse kinds.

Points are binned to a fine raster and filtered with a Gaussian: with bins of a fifth of the
bandwidth the result is within 3 % of the exact sum, and hardly costs more for more points.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from patrol.hotspot.events import Floats

_BINS_PER_BANDWIDTH = 5.0
_REACH = 4.0
"""Bandwidths after which the kernel is cut."""
_MOST_BINS = 6_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """A fine raster around the points, ready to be filled and filtered again and again."""

    bin_m: float
    west_m: float
    south_m: float
    shape: tuple[int, int]

    def density(
        self, x_m: Floats, y_m: Floats, weight: Floats, at_m: Floats, bandwidth_m: float
    ) -> Floats:
        """Gaussian density of weighted points at places, per square meter.

        Parameters
        ----------
        x_m, y_m, weight
            Points, shape (n,); those outside the raster reach no place in it and are left out.
        at_m
            Places (q, 2) at which the density is wanted.
        bandwidth_m
            Standard deviation of the kernel.

        Returns
        -------
        density
            Shape (q,).
        """
        # Each point is shared among the four bins around it, so that it stays where it is.
        column_at = (x_m - self.west_m) / self.bin_m - 0.5
        row_at = (y_m - self.south_m) / self.bin_m - 0.5
        inside = (column_at >= 0) & (column_at < self.shape[1] - 1)
        inside &= (row_at >= 0) & (row_at < self.shape[0] - 1)
        column_at, row_at, weight = column_at[inside], row_at[inside], weight[inside]
        column, row = np.floor(column_at).astype(np.int64), np.floor(row_at).astype(np.int64)
        right, up = column_at - column, row_at - row
        flat: Floats = np.zeros(self.shape[0] * self.shape[1])
        for rows, columns, part in (
            (row, column, (1 - up) * (1 - right)),
            (row, column + 1, (1 - up) * right),
            (row + 1, column, up * (1 - right)),
            (row + 1, column + 1, up * right),
        ):
            flat += np.bincount(
                rows * self.shape[1] + columns, weights=weight * part, minlength=len(flat)
            )
        smooth = gaussian_filter(
            flat.reshape(self.shape), bandwidth_m / self.bin_m, mode="constant", truncate=_REACH
        )
        at = np.stack((at_m[:, 1] - self.south_m, at_m[:, 0] - self.west_m)) / self.bin_m - 0.5
        found: Floats = map_coordinates(smooth, at, order=1)
        return np.maximum(found, 0.0) / self.bin_m**2


def make_raster(x_m: Floats, y_m: Floats, bandwidth_m: float) -> Raster:
    """A raster that covers all points and the reach of the kernel around them.

    The points are the places that are asked about: one report with a mistyped coordinate, such as
    the latitude of the pole, would make its bins as coarse as a county.
    """
    margin_m = _REACH * bandwidth_m
    west_m, south_m = float(x_m.min()) - margin_m, float(y_m.min()) - margin_m
    width_m = float(x_m.max()) + margin_m - west_m
    height_m = float(y_m.max()) + margin_m - south_m
    # A county of 100 km gets coarser bins rather than gigabytes.
    bin_m = max(bandwidth_m / _BINS_PER_BANDWIDTH, (width_m * height_m / _MOST_BINS) ** 0.5)
    # Half a bin is lost at each edge.
    shape = (int(height_m / bin_m) + 3, int(width_m / bin_m) + 3)
    west_m, south_m = west_m - bin_m, south_m - bin_m
    return Raster(bin_m, west_m, south_m, shape)
