"""Rendered scenes in which one thing happens: it is noticed, and nothing else is."""

import numpy as np
import pytest

from patrol.demo.happenings import (
    HEIGHT_PX,
    WIDTH_PX,
    Happening,
    all_happenings,
    mistakes,
    play,
    quiet,
)
from patrol.model.camera import CameraState

pytestmark = pytest.mark.slow

SEED = 21


@pytest.mark.parametrize("happening", all_happenings(SEED), ids=lambda one: one.name)
def test_what_was_drawn_is_noticed_and_nothing_else(happening: Happening) -> None:
    assert mistakes(happening, play(happening.frames(), happening.rules)) == []


def test_nothing_is_noticed_where_people_only_pass() -> None:
    scene = quiet(SEED, minutes=5.0)
    assert mistakes(scene, play(scene.frames(), scene.rules)) == []


def test_what_was_not_drawn_is_told_as_a_mistake() -> None:
    happenings = {one.name: one for one in all_happenings(SEED)}
    empty = np.full((HEIGHT_PX, WIDTH_PX, 3), 128, dtype=np.uint8)
    played = play([empty] * 20, happenings["crowd"].rules)
    assert any("drawn at [43.0]" in wrong for wrong in mistakes(happenings["crowd"], played))
    assert any("drawn 2" in w for w in mistakes(happenings["stop and go"], played))


@pytest.mark.parametrize("state", [CameraState.MOVED, CameraState.DARK, CameraState.OBSCURED])
def test_rules_are_put_aside_while_a_picture_cannot_be_used(state: CameraState) -> None:
    scene = next(one for one in all_happenings(SEED) if one.state is state)
    played = play(scene.frames(), scene.rules)
    since = next(health.since for health in played.states if health.state is state)
    # Nothing is counted from then on: a gap, not a zero.
    assert max(count.start for count in played.counts).timestamp() <= since.timestamp()
    latest = {count.start: count.length_s for count in played.counts}
    assert max(s.timestamp() + length_s for s, length_s in latest.items()) <= since.timestamp() + 1
