"""What a still shows: the place, in blocks, and nobody."""

import cv2
import numpy as np
import pytest

from patrol.camera.analyse import Analyser
from patrol.camera.picture import ArrayPicture
from patrol.camera.still import BLOCKS, Still, make_still
from patrol.model.errors import OutsideError
from patrol.usecase.ask_still import EVERY_S, MOST_A_MINUTE, StillLimit
from tests.unit.camera.scenes import HEIGHT, WIDTH, ground, noisy, with_person


def shown(still: Still) -> "np.typing.NDArray[np.uint8]":
    found = cv2.imdecode(np.frombuffer(still.jpeg, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    assert found is not None
    return np.asarray(found, dtype=np.uint8)


def test_still_is_cut_into_blocks_and_knows_the_sources_size() -> None:
    sharp = np.random.default_rng(1).integers(0, 255, (480, 640)).astype(np.uint8)
    still = make_still(sharp, (640, 480))
    assert still.size_px == (640, 480)
    picture = shown(still)
    assert picture.shape == (360, 480)
    block = 480 // BLOCKS
    tiles = picture.reshape(90, block, BLOCKS, block).astype(float)
    # Inside a block nothing is left but what JPEG adds.
    assert tiles.std(axis=(1, 3)).mean() < 6


def test_who_passes_is_not_in_the_still() -> None:
    rng = np.random.default_rng(2)
    empty = ground(rng)
    analyser = Analyser([], (WIDTH, HEIGHT), gated=False)
    assert analyser.scene() is None
    for n in range(70):
        picture = with_person(noisy(empty, rng), 5 * n - 50, 200, 80, shade=250)
        analyser.analyse(ArrayPicture(picture), n + 1, n / 5)
    scene = analyser.scene()
    assert scene is not None
    apart = np.abs(
        shown(make_still(scene, (WIDTH, HEIGHT))).astype(float)
        - shown(make_still(empty, (WIDTH, HEIGHT)))
    )
    assert np.percentile(apart, 99) < 25


def test_still_travels_whole_and_a_cut_one_is_told() -> None:
    still = Still((704, 576), b"\xff\xd8jpeg")
    assert Still.unpack(still.pack()) == still
    with pytest.raises(OutsideError, match="got 3"):
        Still.unpack(b"abc")


def test_stills_are_few() -> None:
    now = [0.0]
    limit = StillLimit(lambda: now[0])
    assert [limit.may("a"), limit.may("a"), limit.may("b")] == [True, False, True]
    now[0] = EVERY_S
    assert limit.may("a")
    assert sum(limit.may(f"c{n}") for n in range(100)) == MOST_A_MINUTE - 2
    now[0] += 60
    assert limit.may("z")
