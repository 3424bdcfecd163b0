"""Camera counts above their usual level."""

import numpy as np
import pytest

from patrol.hotspot.crowd import Observed, crowd_layer, excess

USUAL = [Observed(100.0, 3_600), Observed(110.0, 3_600), Observed(90.0, 3_600)]


def test_as_usual_is_no_excess_and_three_deviations_are_a_full_one() -> None:
    assert excess(Observed(100.0, 3_600), USUAL) == 0.0
    assert excess(Observed(60.0, 3_600), USUAL) == 0.0
    assert excess(Observed(100.0 + 3 * 101**0.5, 3_600), USUAL) == pytest.approx(1.0, abs=0.01)
    assert excess(Observed(1_000.0, 3_600), USUAL) == 1.0


def test_a_gap_is_a_gap_and_not_a_zero() -> None:
    half = Observed(50.0, 1_800)
    assert half.per_h == pytest.approx(100.0)
    assert excess(half, USUAL) == 0.0
    assert Observed(0.0, 0).per_h is None
    assert excess(Observed(0.0, 0), USUAL) == 0.0
    # Earlier gaps do not lower what is usual.
    gaps = [*USUAL, Observed(0.0, 0), Observed(3.0, 120)]
    assert excess(Observed(105.0, 3_600), gaps) == excess(Observed(105.0, 3_600), USUAL)


def test_nothing_is_unusual_before_anything_is_usual() -> None:
    assert excess(Observed(1_000.0, 3_600), USUAL[:2]) == 0.0


def test_the_layer_fades_over_two_hours_and_sums_to_one_when_all_cameras_are_full() -> None:
    layer = crowd_layer(np.array([2, 0], dtype=np.int32), np.array([1.0, 1.0]), 20, 4)
    np.testing.assert_allclose(layer.sum(axis=0)[19:24], [0.0, 1.0, 2 / 3, 1 / 3, 0.0])
    assert layer[2, 20] == pytest.approx(0.5)


def test_a_camera_off_the_streets_adds_nothing_and_midnight_ends_the_day() -> None:
    layer = crowd_layer(np.array([-1, 1], dtype=np.int32), np.array([1.0, 1.0]), 23, 2)
    assert layer.sum() == pytest.approx(0.5)
    assert not crowd_layer(np.array([-1], dtype=np.int32), np.ones(1), 5, 2).any()
