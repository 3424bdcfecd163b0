"""Commands about cameras: count a clip or a camera, run the camera worker."""

import asyncio
import signal
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from patrol.camera.address import ANYWHERE, Address, check_operator_source, shown_url
from patrol.camera.arrivals import FeedSettings
from patrol.camera.clip import Clip
from patrol.camera.count import ClipCount, count_camera, count_clip
from patrol.camera.gateway.onvif import ONVIF_SCHEME, OnvifDevices
from patrol.camera.onnx import OnnxDetector
from patrol.camera.rule import Crossing
from patrol.camera.stay import Noticed
from patrol.cli.output import print_json, print_text, tell
from patrol.cli.program import pass_services
from patrol.model.camera import LASTING_S, Rule, RuleKind
from patrol.model.errors import OutsideError
from patrol.read.rules import read_rules
from patrol.usecase.services import Services
from patrol.worker.cameras import CameraWorker


@click.group("camera")
def camera() -> None:
    """Cameras and what they count."""


@camera.command("count")
@click.argument("source")
@click.option(
    "--rules",
    "rules_path",
    required=True,
    type=click.Path(path_type=Path),
    help="YAML file of lines and zones in pixels of the source.",
)
@click.option("--fps", type=click.FloatRange(0.5, 60), help="Frames analyzed a second.")
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="ONNX detector (YOLOX and other COCO heads); without it, motion alone counts.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(1, 86_400),
    default=60.0,
    show_default=True,
    help="How long a camera is watched; a file is read to its end.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def count(
    source: str,
    rules_path: Path,
    fps: float | None,
    model: Path | None,
    seconds: float,
    *,
    as_json: bool,
) -> None:
    """Count who crosses lines and stands in zones of SOURCE, a video file or a camera's URL."""
    rules = read_rules(rules_path)
    address = check_operator_source(_stream_of(source))
    detector = OnnxDetector(model, threads=2) if model else None
    if address.path is not None:
        clip = Clip(address.path)
        result = count_clip(clip, rules, fps=fps, detector=detector, progress=_tell_progress)
    else:
        settings = FeedSettings(analyse_fps=fps or 10.0)
        result = _count_camera(address, rules, settings, seconds, detector)
    answer = count_json(result, rules)
    if as_json:
        print_json(answer)
    else:
        print_text(_summary(answer))


def _count_camera(
    address: Address,
    rules: tuple[Rule, ...],
    settings: FeedSettings,
    seconds: float,
    detector: OnnxDetector | None,
) -> ClipCount:
    try:
        return count_camera(address, rules, settings, seconds=seconds, detector=detector)
    except OutsideError as error:
        raise OutsideError(f"camera {address.shown}: {error}") from error


def _stream_of(source: str) -> str:
    """The source, or the stream that an ONVIF device plays, with the same credentials."""
    if not source.lower().startswith(f"{ONVIF_SCHEME}://"):
        return source
    try:
        stream = asyncio.run(OnvifDevices(ANYWHERE).stream_address(source))
    except OutsideError as error:
        raise OutsideError(f"camera {shown_url(source)}: {error}") from error
    who, at, _ = urlsplit(source).netloc.rpartition("@")
    tell(f"{shown_url(source)} is played at {stream}")
    return stream.replace("://", f"://{who}{at}", 1)


def _tell_progress(frame: int, frames: int) -> None:
    if frame % 1_000 == 0:
        tell(f"frame {frame} of {frames or 'unknown'}")


@click.command("cameras")
@pass_services
def cameras(services: Services) -> None:
    """Run a camera worker: watch this process's fair share of the cameras until stopped."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    CameraWorker(services).run(stop)


def count_json(count: ClipCount, rules: tuple[Rule, ...]) -> dict[str, Any]:
    """The count as ``--json`` prints it; people script against these keys."""
    return {
        "frames": count.frames,
        "fps": round(count.fps, 3),
        "rules": {rule.name: {"kind": str(rule.kind)} | _found(count, rule) for rule in rules},
    }


def _found(count: ClipCount, rule: Rule) -> dict[str, Any]:
    if rule.kind is RuleKind.ZONE:
        return {
            "occupancy": [
                {"frame": entry.frame, "count": entry.count}
                for entry in count.occupancies[rule.name]
            ]
        }
    if rule.kind in LASTING_S:
        events = sorted(count.noticed[rule.name], key=lambda noticed: noticed.frame)
        return {
            "events": [
                {"frame": event.frame, "t_s": round(event.t_s, 3), "count": event.count}
                for event in events
            ]
        }
    lines: dict[str, list[Crossing]] | dict[str, list[Noticed]]
    lines = count.crossings if rule.kind is RuleKind.LINE else count.noticed
    found: list[Crossing | Noticed] = [*lines[rule.name]]
    return {
        "events": [
            {
                "frame": event.frame,
                "t_s": round(event.t_s, 3),
                "direction": event.direction,
                "class": str(event.object_class),
            }
            for event in sorted(found, key=lambda crossing: crossing.frame)
        ]
    }


def _summary(answer: dict[str, Any]) -> str:
    lines = [f"{answer['frames']} frames at {answer['fps']:g} fps"]
    for name, found in answer["rules"].items():
        if found["kind"] == "line":
            ways = [event["direction"] for event in found["events"]]
            lines.append(
                f"{name}: {ways.count('left_to_right')} left to right, "
                f"{ways.count('right_to_left')} right to left"
            )
        elif found["kind"] == "zone":
            counts = [entry["count"] for entry in found["occupancy"]] or [0]
            lines.append(
                f"{name}: {sum(counts) / len(counts):.1f} on average, {max(counts)} at most"
            )
        else:
            times = ", ".join(f"{event['t_s']:.0f} s" for event in found["events"])
            lines.append(f"{name}: {found['kind']} at {times}" if times else f"{name}: nothing")
    return "\n".join(lines)


commands: list[click.Command] = [camera, cameras]
