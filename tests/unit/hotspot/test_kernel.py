"""Kernel density against its exact sum, also where reports have impossible coordinates."""

import numpy as np
import pytest

from patrol.hotspot.kernel import make_raster

BANDWIDTH_M = 100.0
AT_M = np.array([[0.0, 0.0], [250.0, 40.0], [1_000.0, 900.0]])
X_M, Y_M = np.array([10.0, 240.0, 990.0]), np.array([5.0, 60.0, 880.0])


def exact(x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
    square = (AT_M[:, :1] - x_m) ** 2 + (AT_M[:, 1:] - y_m) ** 2
    return np.exp(-square / 2 / BANDWIDTH_M**2).sum(axis=1) / (2 * np.pi * BANDWIDTH_M**2)


def test_a_density_is_its_exact_sum() -> None:
    raster = make_raster(AT_M[:, 0], AT_M[:, 1], BANDWIDTH_M)
    found = raster.density(X_M, Y_M, np.ones(3), AT_M, BANDWIDTH_M)
    np.testing.assert_allclose(found, exact(X_M, Y_M), rtol=0.03)


@pytest.mark.parametrize("far", [(5_800_000.0, 0.0), (-9e6, -9e6), (600.0, 1_500.0)])
def test_a_report_far_outside_changes_nothing(far: tuple[float, float]) -> None:
    raster = make_raster(AT_M[:, 0], AT_M[:, 1], BANDWIDTH_M)
    x_m, y_m = np.append(X_M, far[0]), np.append(Y_M, far[1])
    found = raster.density(x_m, y_m, np.ones(4), AT_M, BANDWIDTH_M)
    np.testing.assert_allclose(found, exact(X_M, Y_M), rtol=0.03)
