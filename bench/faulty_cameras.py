"""Cameras on loopback, in a process of their own, that can be given any fault."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from patrol.camera.loop import Order
from patrol.demo.clips import encode_clip, make_street_scene, render
from patrol.model.camera import Camera, Rule, RuleKind
from patrol.model.place import Place

SIZE = (320, 240)
FPS = 12.5
RULES = (
    Rule("line", RuleKind.LINE, ((160.0, 0.0), (160.0, 240.0))),
    Rule("zone", RuleKind.ZONE, ((0, 0), (320, 0), (320, 240), (0, 240))),
)
FAULTS = ("freeze", "drop", "refuse", "corrupt", "jump")
CURES = ("thaw", "accept", "heal")


@dataclass(slots=True)
class FaultyCameras:
    """The loopback cameras in a process of their own, told by lines what to do."""

    process: "subprocess.Popen[str]"
    port: int

    def tell(self, path: str, command: str, argument: str = "") -> None:
        """Give one camera a command."""
        if self.process.stdin is None:
            raise RuntimeError("the loopback cameras have no pipe")
        self.process.stdin.write(f"{command} {path} {argument}\n")
        self.process.stdin.flush()

    def order(self, path: str) -> Order:
        """One camera with a line and a zone."""
        url = f"rtsp://127.0.0.1:{self.port}/{path}"
        return Order(Camera(path, path, Place(0, 0), url, rules=RULES))


@contextmanager
def faulty_cameras(clip: Path, count: int) -> Iterator[FaultyCameras]:
    """Serve a clip as so many cameras, ``c0`` and on."""
    command = [sys.executable, "-m", "patrol.demo.loopback_camera", "0"]
    command += [f"c{n}={clip}" for n in range(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdin is None:
        raise RuntimeError("the loopback cameras have no pipes")
    try:
        yield FaultyCameras(process, int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(20)


def make_clip(folder: Path, seed: int, *, gop_s: float = 1.0) -> Path:
    """A small street with a few people."""
    path = folder / f"small-{gop_s:g}.mp4"
    scene = make_street_scene(seed=seed, seconds=10.0, fps=FPS, size_px=SIZE, people=3, vehicles=0)
    encode_clip(render(scene), path, FPS, gop_s=gop_s)
    return path
