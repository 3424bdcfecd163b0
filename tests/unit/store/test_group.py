"""Group commit answers everybody, in order, after their own rows were written."""

import threading
from collections.abc import Sequence

import pytest

from patrol.model.errors import InputError, PatrolError
from patrol.store.group import GroupCommit


class Disk:
    """Something to write to, that can be held up and can refuse."""

    def __init__(self) -> None:
        self.transactions: list[list[int]] = []
        self.open = threading.Event()
        self.open.set()
        self.begun = threading.Event()

    def write(self, works: Sequence[int]) -> list[int]:
        self.begun.set()
        assert self.open.wait(10)
        if any(work < 0 for work in works):
            raise InputError(f"cannot write {works}")
        if 1_313 in works:
            raise ZeroDivisionError("a mistake of ours")
        self.transactions.append(list(works))
        return [work * 10 for work in works]


def submit_all(group: GroupCommit[int, int], works: Sequence[int], disk: Disk) -> dict[int, object]:
    """Submit the first, and the others while it is being written."""
    answers: dict[int, object] = {}

    def submit(work: int) -> None:
        try:
            answers[work] = group.submit(work)
        except PatrolError as error:
            answers[work] = str(error)

    disk.open.clear()
    disk.begun.clear()
    threads = [threading.Thread(target=submit, args=(work,)) for work in works]
    threads[0].start()
    assert disk.begun.wait(10)
    for count, thread in enumerate(threads[1:], 1):
        thread.start()
        while len(group._waiting) < count and thread.is_alive():
            pass
    disk.open.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return answers


def test_a_single_caller_writes_at_once() -> None:
    disk = Disk()
    assert GroupCommit(disk.write).submit(4) == 40
    assert disk.transactions == [[4]]


def test_those_who_come_during_a_write_share_the_next_one() -> None:
    disk = Disk()
    answers = submit_all(GroupCommit(disk.write), range(10), disk)
    assert answers == {work: work * 10 for work in range(10)}
    assert disk.transactions == [[0], list(range(1, 10))]


def test_a_bad_one_fails_alone() -> None:
    disk = Disk()
    answers = submit_all(GroupCommit(disk.write), [0, 1, -5, 3], disk)
    assert answers == {0: 0, 1: 10, -5: "cannot write [-5]", 3: 30}
    assert disk.transactions == [[0], [1], [3]]


def test_no_transaction_is_larger_than_allowed() -> None:
    disk = Disk()
    submit_all(GroupCommit(disk.write, largest=3), range(8), disk)
    assert disk.transactions == [[0], [1, 2, 3], [4, 5, 6], [7]]


def test_too_many_waiting_are_told_to_come_again() -> None:
    disk = Disk()
    answers = submit_all(GroupCommit(disk.write, longest=2), [0, 1, 2, 3], disk)
    assert answers[3] == "database: 2 writes are waiting already; try again in a second"
    assert disk.transactions == [[0], [1, 2]]


def test_a_mistake_of_ours_leaves_nobody_waiting() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    with pytest.raises(ZeroDivisionError):
        group.submit(1_313)
    assert group.submit(1) == 10


def test_after_a_failure_the_next_caller_is_served() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    with pytest.raises(InputError, match="cannot write"):
        group.submit(-1)
    assert group.submit(1) == 10


def test_many_threads_lose_and_double_nothing() -> None:
    disk = Disk()
    group = GroupCommit(disk.write, largest=7)
    answers: dict[int, int] = {}

    def work(first: int) -> None:
        for number in range(first, first + 50):
            answers[number] = group.submit(number)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == {number: number * 10 for number in range(400)}
    assert sorted(work for works in disk.transactions for work in works) == list(range(400))
    assert max(map(len, disk.transactions)) <= 7
