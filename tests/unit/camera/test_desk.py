from collections.abc import Callable

from patrol.camera.desk import TOGETHER_S, Desk


def test_looks_gather_and_are_taken_in_their_order() -> None:
    timers: list[tuple[float, Callable[[], None]]] = []
    seen: list[str] = []
    desk = Desk(call_later=lambda after_s, call: timers.append((after_s, call)))
    for name in ("gate 1", "square 1", "gate 2"):
        desk.add(lambda name=name: seen.append(name))
    assert seen == []
    ((after_s, call),) = timers
    assert after_s == TOGETHER_S
    call()
    assert seen == ["gate 1", "square 1", "gate 2"]
    desk.add(lambda: seen.append("gate 3"))
    assert len(timers) == 2


def test_feed_that_ends_leaves_no_look_behind_and_the_timer_finds_none() -> None:
    timers: list[Callable[[], None]] = []
    seen: list[int] = []
    desk = Desk(call_later=lambda _, call: timers.append(call))
    desk.add(lambda: seen.append(1))
    desk.take_all()
    timers.pop()()
    assert seen == [1]


def test_desk_without_a_timer_looks_at_once() -> None:
    seen: list[int] = []
    Desk().add(lambda: seen.append(1))
    assert seen == [1]
