"""Which visits an officer still has to make."""

import pytest

from patrol.usecase.my_route import visits_left


@pytest.mark.parametrize(
    ("count", "done", "left"),
    [
        (4, (), (0, 1, 2, 3)),
        (4, (0,), (1, 2, 3)),
        (4, (2,), (3,)),  # called away before: what was passed over is not next
        (4, (0, 3), (1, 2)),  # nothing ahead: what was missed
        (4, (0, 1, 2, 3), ()),
        (0, (), ()),
    ],
)
def test_what_is_next_lies_after_the_last_visit_made(
    count: int, done: tuple[int, ...], left: tuple[int, ...]
) -> None:
    assert visits_left(count, done) == left
