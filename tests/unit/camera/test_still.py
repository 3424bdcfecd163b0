"""What a still shows: the place, in blocks, and nobody."""

import cv2
import numpy as np
import pytest

from patrol.camera.analyse import Analyser
from patrol.camera.free import NEED_S, SeenFree
from patrol.camera.picture import ArrayPicture, shrink
from patrol.camera.still import BLOCKS, UNKNOWN, Still, make_still
from patrol.model.errors import OutsideError
from patrol.usecase.ask_still import EVERY_S, MOST_A_MINUTE, StillLimit
from tests.unit.camera.scenes import HEIGHT, WIDTH, ground, noisy, with_person


def whole(picture: "np.typing.NDArray[np.uint8]") -> "np.typing.NDArray[np.bool_]":
    """Every block of a picture, as if it had been seen free."""
    return np.ones_like(shrink(picture, BLOCKS), dtype=np.bool_)


def shown(still: Still) -> "np.typing.NDArray[np.uint8]":
    found = cv2.imdecode(np.frombuffer(still.jpeg, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    assert found is not None
    return np.asarray(found, dtype=np.uint8)


def test_still_is_cut_into_blocks_and_knows_the_sources_size() -> None:
    sharp = np.random.default_rng(1).integers(0, 255, (480, 640)).astype(np.uint8)
    still = make_still(sharp, (640, 480), whole(sharp))
    assert still.size_px == (640, 480)
    picture = shown(still)
    assert picture.shape == (360, 480)
    block = 480 // BLOCKS
    tiles = picture.reshape(90, block, BLOCKS, block).astype(float)
    # Inside a block nothing is left but what JPEG adds.
    assert tiles.std(axis=(1, 3)).mean() < 6


def block_errors(
    empty: "np.typing.NDArray[np.uint8]", analyser: Analyser, free: SeenFree
) -> "np.typing.NDArray[np.float64] | None":
    """How far the blocks that a still would show are from the empty scene; gray ones are right."""
    scene, known = analyser.scene(), free.known()
    if scene is None or known is None:
        return None
    still = shown(make_still(scene, (WIDTH, HEIGHT), known)).astype(float)
    true = shown(make_still(empty, (WIDTH, HEIGHT), whole(empty)))
    return np.where(np.abs(still - UNKNOWN) < 8, 0.0, np.abs(still - true))


def test_who_passes_is_not_in_the_still() -> None:
    rng = np.random.default_rng(2)
    empty = ground(rng)
    free = SeenFree(BLOCKS)
    analyser = Analyser([], (WIDTH, HEIGHT), gated=False, free=free)
    assert analyser.scene() is None
    for n in range(200):
        picture = with_person(noisy(empty, rng), (10 * n) % 600 - 50, 200, 80, shade=250)
        analyser.analyse(ArrayPicture(picture), n + 1, n / 2)
    errors = block_errors(empty, analyser, free)
    assert errors is not None
    assert np.percentile(errors, 99.5) < 25


@pytest.mark.parametrize("leaves_s", [5, 40])
def test_who_stood_there_when_the_feed_began_is_in_no_still(leaves_s: int) -> None:
    rng = np.random.default_rng(3)
    empty = ground(rng)
    free = SeenFree(BLOCKS)
    analyser = Analyser([], (WIDTH, HEIGHT), gated=False, free=free)
    first_s = None
    for t_s in range(120):
        x = 160 + 30 * max(0, t_s - leaves_s)
        picture = with_person(noisy(empty, rng), x, 200, 120, shade=250)
        analyser.analyse(ArrayPicture(picture), t_s + 1, float(t_s))
        errors = block_errors(empty, analyser, free)
        if errors is not None:
            first_s = t_s if first_s is None else first_s
            # No patch of the size of a body's part; JPEG and noise leave single blocks.
            patches = cv2.blur((errors > 20).astype(np.float32), (16, 16))
            assert patches.max() < 0.6, f"somebody is seen at {t_s} s"
    assert first_s is not None
    assert first_s >= NEED_S - 1


def test_a_scene_that_is_learned_anew_must_be_seen_free_anew() -> None:
    rng = np.random.default_rng(4)
    free = SeenFree(BLOCKS)
    analyser = Analyser([], (WIDTH, HEIGHT), gated=False, free=free)
    # As when the lamps go on: far beyond what flickers.
    scenes = (ground(rng), np.clip(ground(rng) + 95, 0, 255).astype(np.uint8))
    known = []
    for t_s in range(140):
        scene = scenes[t_s >= 70]
        analyser.analyse(ArrayPicture(noisy(scene, rng)), t_s + 1, float(t_s))
        known.append(free.known() is not None)
    assert known[65]
    assert not any(known[75:125])
    assert known[-1]


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
