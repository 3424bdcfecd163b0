"""The made county's cameras: rendered scenes over RTSP on loopback, so that counts are real."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from patrol.demo.clips import encode_clip, make_street_scene, render
from patrol.demo.drawing import Drawing
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.demo.places import Row, list_cameras
from patrol.demo.stream_clip import StreamClip
from patrol.demo.streets import MIDDLE
from patrol.model.place import Projection
from patrol.read.columns import ColumnChoice
from patrol.usecase.import_tables import TableImport, import_cameras
from patrol.usecase.services import Services

WIDTH_PX, HEIGHT_PX = 480, 360
FPS = 12.5
SECONDS = 40.0
SEED = 70

# The pavement takes the lower part of every rendered picture, the road the part above it.
RULES = [
    {
        "name": "人行道",
        "kind": "line",
        "points": [[WIDTH_PX / 2, HEIGHT_PX * 0.57], [WIDTH_PX / 2, HEIGHT_PX - 1]],
    },
    {
        "name": "广场",
        "kind": "zone",
        "points": [
            [WIDTH_PX * 0.1, HEIGHT_PX * 0.58],
            [WIDTH_PX * 0.9, HEIGHT_PX * 0.58],
            [WIDTH_PX * 0.98, HEIGHT_PX - 1],
            [WIDTH_PX * 0.02, HEIGHT_PX - 1],
        ],
    },
]

CROWDED = 20
"""People in a scene from which on its camera has a crowding rule as well."""
CROWD_RULE = {**RULES[1], "name": "聚集", "kind": "crowding", "over": 14, "lasting_s": 8}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RunningCameras:
    """The cameras' server, and the inventory that names its present addresses."""

    server: LoopbackCameras
    inventory: Path


@contextmanager
def loopback_cameras(folder: Path, tell: Tell) -> Iterator[RunningCameras]:
    """Serve the county's cameras until this ends; clips are rendered the first time.

    Parameters
    ----------
    folder
        Where clips and inventory are kept.
    """
    rows = list_cameras(Drawing(Projection(MIDDLE)))
    clips = {row["id"]: _clip(folder, number, row, tell) for number, row in enumerate(rows)}
    with LoopbackCameras(clips) as server:
        inventory = folder / "cameras.csv"
        _write_inventory(inventory, rows, server)
        yield RunningCameras(server, inventory)


def point_cameras(services: Services, cameras: RunningCameras) -> None:
    """Import the inventory: new cameras, and new addresses of known ones."""
    # Rules that somebody drew on the page outlive a new start of the demo.
    dropped = frozenset({"rules"}) if services.cameras.list_cameras() else frozenset[str]()
    import_cameras(services, TableImport(cameras.inventory, ColumnChoice(dropped=dropped)))


def _clip(folder: Path, number: int, row: Row, tell: Tell) -> StreamClip:
    path = folder / f"{row['id']}.mp4"
    if not path.exists():
        tell(f"rendering what camera {row['id']} sees")
        scene = make_street_scene(
            seed=SEED + number,
            seconds=SECONDS,
            fps=FPS,
            size_px=(WIDTH_PX, HEIGHT_PX),
            people=int(row["people"]),
            vehicles=int(row["vehicles"]),
        )
        encode_clip(render(scene), path, FPS)
    return StreamClip.read(path)


def _write_inventory(path: Path, rows: list[Row], server: LoopbackCameras) -> None:
    fields = (
        *("id", "name", "lon", "lat", "url", "owner", "heading_deg", "fov_deg", "range_m"),
        *("width_px", "height_px", "rules"),
    )
    look = {"fov_deg": 75, "range_m": 60, "width_px": WIDTH_PX, "height_px": HEIGHT_PX}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=fields, extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            rules = [*RULES, CROWD_RULE] if int(row["people"]) >= CROWDED else RULES
            url = server.url(row["id"])
            writer.writerow({**row, **look, "url": url, "rules": json.dumps(rules)})
