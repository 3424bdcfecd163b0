"""Take what camera workers counted: commit it, then tell the maps."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from patrol.bus.stream import EventStream
from patrol.model.camera import CameraHealth, Count, Notice
from patrol.model.event import EventKind
from patrol.store.cameras import CameraStore, CountStore


@dataclass(frozen=True, slots=True)
class Counted:
    """One camera's counts, under the epoch in which its worker owned it."""

    epoch: int
    counts: Sequence[Count]


def fold_counts(counts: CountStore, stream: EventStream, batch: Iterable[Counted]) -> int:
    """Commit counts and tell of them; how many rows that wrote.

    Counts of an epoch lower than the stored one are dropped by the store: their worker had lost
    the camera. They are told of all the same, and readers drop them by the epoch.
    """
    by_epoch: dict[int, list[Count]] = defaultdict(list)
    for counted in batch:
        by_epoch[counted.epoch].extend(counted.counts)
    # One transaction an epoch: most cameras of a worker share theirs.
    written = sum(counts.add_counts(values, epoch) for epoch, values in by_epoch.items())
    events = [
        (EventKind.CAMERA_COUNTED, counted_payload(camera_id, epoch, values))
        for epoch, all_values in by_epoch.items()
        for camera_id, values in _by_camera(all_values).items()
    ]
    stream.publish_all(events)
    return written


@dataclass(frozen=True, slots=True)
class Seen:
    """A notice, under the epoch in which its worker owned the camera."""

    epoch: int
    notice: Notice


def fold_notices(stream: EventStream, seen: Iterable[Seen]) -> None:
    """Tell what rules noticed; the counts that hold the notices must be committed before.

    Readers drop a notice whose epoch is below the highest that they know of the camera.
    """
    stream.publish_all(
        [(EventKind.CAMERA_NOTICED, noticed_payload(one.epoch, one.notice)) for one in seen]
    )


def fold_health(cameras: CameraStore, stream: EventStream, states: Iterable[CameraHealth]) -> None:
    """Commit new states of feeds, in order, and tell of them."""
    events = []
    for health in states:
        cameras.save_health(health)
        events.append((EventKind.CAMERA_STATE, state_payload(health)))
    stream.publish_all(events)


def counted_payload(camera_id: str, epoch: int, counts: Sequence[Count]) -> dict[str, Any]:
    """The payload of ``camera.counted``: the camera's newest interval."""
    newest = max(count.start for count in counts)
    return {
        "camera_id": camera_id,
        "epoch": epoch,
        "start": _text(newest),
        "counts": [
            {
                "rule": count.rule,
                "class": str(count.object_class),
                "direction": count.direction,
                "value": round(count.value, 3),
                "peak": count.peak,
                "start": _text(count.start),
                "length_s": count.length_s,
            }
            for count in counts
            if count.start == newest
        ],
    }


def noticed_payload(epoch: int, notice: Notice) -> dict[str, Any]:
    """The payload of ``camera.noticed``: numbers and names of things, nothing of persons."""
    return {
        "camera_id": notice.camera_id,
        "epoch": epoch,
        "rule": notice.rule,
        "kind": str(notice.kind),
        "at": _text(notice.at),
        "count": notice.count,
    }


def state_payload(health: CameraHealth) -> dict[str, Any]:
    """The payload of ``camera.state``."""
    return {
        "camera_id": health.camera_id,
        "state": str(health.state),
        "since": _text(health.since),
        "fps": health.fps,
    }


def _by_camera(counts: Sequence[Count]) -> dict[str, list[Count]]:
    found: dict[str, list[Count]] = defaultdict(list)
    for count in counts:
        found[count.camera_id].append(count)
    return found


def _text(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")
