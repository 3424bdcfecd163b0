"""Group commit: many callers wait, one commits for all of them, each gets its own answer.

A commit costs a wait for the disk, whatever is in it. Whoever comes while nobody commits leads:
it takes everything that waits, writes it in one transaction, wakes the others, and hands the lead
to the next one in line, so that nobody leads for ever. Nobody is answered before its rows are on
the disk.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from patrol.model.errors import OutsideError, PatrolError

Work = TypeVar("Work")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Ticket(Generic[Work, Answer]):
    """One caller's place in line."""

    work: Work
    woken: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    answer: Answer | None = None
    error: Exception | None = None


class GroupCommit(Generic[Work, Answer]):
    """Joins the writes of threads that come at the same time.

    Parameters
    ----------
    write
        Writes several works in one transaction and gives one answer for each, in order. Where it
        raises, each work is written again alone, so that a bad one fails without its neighbors.
    longest
        Works that may wait; more are refused, so that an overload is told instead of piling up.
    largest
        Works that go into one transaction.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Work]], Sequence[Answer]],
        *,
        longest: int = 2_000,
        largest: int = 256,
    ) -> None:
        self._write = write
        self._longest = longest
        self._largest = largest
        self._lock = threading.Lock()
        self._waiting: list[_Ticket[Work, Answer]] = []
        self._busy = False

    def submit(self, work: Work) -> Answer:
        """Write and come back when it is on the disk.

        Raises
        ------
        OutsideError
            If too many are waiting, or the write failed for this work.
        """
        ticket: _Ticket[Work, Answer] = _Ticket(work)
        with self._lock:
            if len(self._waiting) >= self._longest:
                raise OutsideError(
                    f"database: {self._longest} writes are waiting already; try again in a second"
                )
            self._waiting.append(ticket)
            ticket.leads = not self._busy
            self._busy = True
        if not ticket.leads:
            ticket.woken.wait()
        if ticket.leads:
            self._lead()
        if ticket.error is not None:
            raise ticket.error
        # The write gave an answer for every work that it did not refuse.
        return ticket.answer  # type: ignore[return-value]

    def _lead(self) -> None:
        with self._lock:
            batch = self._waiting[: self._largest]
            del self._waiting[: self._largest]
        try:
            self._write_batch(batch)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._busy = following is not None
            for ticket in batch:
                if ticket.answer is None and ticket.error is None:
                    ticket.error = OutsideError("database: the write was broken off")
                ticket.woken.set()
            if following is not None:
                following.leads = True
                following.woken.set()

    def _write_batch(self, batch: Sequence[_Ticket[Work, Answer]]) -> None:
        try:
            answers = self._write([ticket.work for ticket in batch])
        except (PatrolError, SQLAlchemyError) as error:
            if len(batch) == 1:
                batch[0].error = error
                return
            for ticket in batch:
                self._write_batch([ticket])
            return
        for ticket, answer in zip(batch, answers, strict=True):
            ticket.answer = answer
