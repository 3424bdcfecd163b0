"""The event stream: what happened, after it was committed. Its ids are the sequence numbers."""

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import orjson
import redis

from patrol.bus.told import told_plainly
from patrol.model.errors import OutsideError
from patrol.model.event import Event, EventKind, Seq

log = logging.getLogger(__name__)

STREAM = "patrol:events"

START = Seq(0, 0)
"""Before the first event."""


class EventStream:
    """One stream for all events of the county.

    Parameters
    ----------
    client
        Redis; connected to at the first call.
    stream_max
        How many events are kept, roughly; older ones are dropped by the server.
    """

    def __init__(self, client: "redis.Redis", stream_max: int) -> None:
        self._redis = client
        self._max = stream_max
        self._deaf = False
        self._lock = threading.Lock()

    def append(self, kind: EventKind, data: Mapping[str, Any]) -> Seq:
        """Put one event on the stream and give its sequence number.

        Raises
        ------
        OutsideError
            If Redis cannot be reached.
        """
        with told_plainly("append to the stream"):
            seq = self._redis.xadd(STREAM, _fields(kind, data), maxlen=self._max, approximate=True)
        return Seq.parse(_text(seq))

    def append_all(self, events: Sequence[tuple[EventKind, Mapping[str, Any]]]) -> list[Seq]:
        """Put several events on the stream in one round trip, in order."""
        if not events:
            return []
        with told_plainly("append to the stream"):
            pipe = self._redis.pipeline(transaction=False)
            for kind, data in events:
                pipe.xadd(STREAM, _fields(kind, data), maxlen=self._max, approximate=True)
            return [Seq.parse(_text(seq)) for seq in pipe.execute()]

    def publish(self, kind: EventKind, data: Mapping[str, Any]) -> Seq | None:
        """Tell what was committed.

        Where Redis is away the change stands and only a refresh is lost, so the trouble is
        logged and not raised.
        """
        seqs = self.publish_all([(kind, data)])
        return seqs[0] if seqs else None

    def publish_all(self, events: Sequence[tuple[EventKind, Mapping[str, Any]]]) -> list[Seq]:
        """The same for several events; empty where Redis is away."""
        try:
            seqs = self.append_all(events)
        except OutsideError as error:
            self._note(deaf=True, said=str(error))
            return []
        self._note(deaf=False, said="")
        return seqs

    def _note(self, *, deaf: bool, said: str) -> None:
        with self._lock:
            before, self._deaf = self._deaf, deaf
        if deaf and not before:
            log.warning("events are not published, maps go stale until Redis is back: %s", said)
        elif before and not deaf:
            log.warning("events are published again")

    def read(self, after: Seq, block_ms: int = 0, count: int = 1_000) -> list[Event]:
        """Events after a sequence number, oldest first.

        Parameters
        ----------
        after
            The last one already seen; :data:`START` for all that are kept.
        block_ms
            How long to wait where there is none yet, milliseconds; 0 does not wait.
        count
            At most so many.

        Raises
        ------
        OutsideError
            If Redis cannot be reached.
        """
        with told_plainly("read from the stream"):
            found = self._redis.xread({STREAM: str(after)}, count=count, block=block_ms or None)
        if not found:
            return []
        # RESP2 gives pairs of name and entries, RESP3 a map.
        if isinstance(found, dict):
            batches = cast("list[Any]", found[STREAM.encode()])
            entries = batches[0] if batches and isinstance(batches[0], list) else batches
        else:
            entries = cast("list[Any]", found)[0][1]
        return [_event(seq, fields) for seq, fields in entries]

    def newest(self) -> Seq:
        """The newest sequence number; :data:`START` where nothing happened yet."""
        with told_plainly("read from the stream"):
            found = self._redis.xrevrange(STREAM, count=1)
        entries = cast("list[Any]", found)
        return Seq.parse(_text(entries[0][0])) if entries else START

    def oldest(self) -> Seq:
        """The oldest sequence number that is kept: who last saw an older one has a gap."""
        with told_plainly("read from the stream"):
            found = self._redis.xrange(STREAM, count=1)
        entries = cast("list[Any]", found)
        return Seq.parse(_text(entries[0][0])) if entries else START


def _fields(kind: EventKind, data: Mapping[str, Any]) -> dict[Any, Any]:
    return {"kind": kind.value, "data": orjson.dumps(data)}


def _event(seq: bytes, fields: Mapping[bytes, bytes]) -> Event:
    number = Seq.parse(_text(seq))
    return Event(
        seq=number,
        kind=EventKind(fields[b"kind"].decode()),
        at=datetime.fromtimestamp(number.ms / 1000, UTC),
        data=orjson.loads(fields[b"data"]),
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
