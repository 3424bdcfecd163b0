"""A patrol's San Francisco: what real data do not bring is made up here and written as files.

``python -m tests.e2e.san_francisco FOLDER`` writes a ``config.yaml`` and the tables for the walk
through in ``docs/san-francisco-day.md``.
"""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import av
from ruamel.yaml import YAML

ZONE = ZoneInfo("America/Los_Angeles")
WEST, SOUTH, EAST, NORTH = -122.485, 37.7805, -122.3942, 37.811
SHIFT = "today"
SHIFT_H = 8

# Four quarters stand for towns; their borders are the meridians between these.
MERIDIANS = (WEST, -122.462, -122.437, -122.414, EAST)
TOWNS = ("Richmond", "Presidio Heights", "Pacific Heights", "North Beach")

BASES = (
    ("central", "Central Post", -122.4101, 37.7986),
    ("northern", "Northern Post", -122.4324, 37.7832),
    ("richmond", "Richmond Post", -122.4645, 37.7815),
    ("tenderloin", "Tenderloin Post", -122.4129, 37.7838),
)
SITES = (
    ("union-square", "Union Square", "venue", -122.4075, 37.7880, 3, "17:00-23:00", ""),
    ("chinatown", "Portsmouth Square", "market", -122.4053, 37.7948, 2, "08:00-18:00", ""),
    ("ferry", "Ferry Building", "station", -122.3952, 37.7956, 2, "", "120"),
    ("wharf", "Fisherman's Wharf", "venue", -122.4157, 37.8080, 2, "10:00-22:00", ""),
    ("galileo", "Galileo School", "school", -122.4240, 37.8037, 3, "07:20-08:20 14:30-16:00", ""),
    ("fillmore", "Fillmore Market", "market", -122.4330, 37.7845, 1.5, "", "180"),
    ("lombard", "Lombard Bank", "bank", -122.4381, 37.7998, 1, "09:00-17:00", ""),
    ("polk", "Polk Street", "venue", -122.4203, 37.7900, 2, "19:00-23:30", ""),
)
MODES = (("F", "foot", 12), ("E", "ebike", 10), ("C", "car", 8))
CAMERAS = (
    ("sf-file", "Union Square", -122.4072, 37.7882),
    ("sf-rtsp", "Portsmouth Square", -122.4050, 37.7946),
)
# Lines and a zone on the 480 x 360 clip, in its pixels.
RULES: tuple[dict[str, Any], ...] = (
    {"name": "middle", "kind": "line", "points": [[240, 40], [240, 355]]},
    {"name": "right", "kind": "line", "points": [[340, 40], [340, 355]]},
    {"name": "square", "kind": "zone", "points": [[40, 60], [440, 60], [470, 350], [10, 350]]},
)


@dataclass(frozen=True, slots=True)
class Day:
    """The shift that the test runs in: it began an hour ago."""

    start: datetime
    end: datetime

    @classmethod
    def around(cls, now: datetime) -> "Day":
        """A shift of eight hours around a time, on a whole hour."""
        local = now.astimezone(ZONE)
        start = local.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        return cls(start, start + timedelta(hours=SHIFT_H))

    @property
    def shifts(self) -> dict[str, dict[str, Any]]:
        """The shift as ``config.yaml`` has it."""
        return {SHIFT: {"start": f"{self.start:%H:%M}", "end": f"{self.end:%H:%M}"}}


def write_county(folder: Path, now: datetime, *, port: int, videos: Path | None = None) -> Day:
    """Write ``config.yaml`` and all tables; ``videos`` is the folder that cameras may read."""
    day = Day.around(now)
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "county": {"name": "旧金山", "name_en": "San Francisco", "timezone": str(ZONE)},
        "web": {"port": port},
        "shifts": day.shifts,
        "hotspots": {"count": 180},
        # The reports are of 2014 and 2015; the keeper would delete what is older than it may be.
        "retention": {"incidents_d": 7_300},
        "cameras": {"processes": 1, **({"file_dir": str(videos)} if videos else {})},
    }
    with (folder / "config.yaml").open("w", encoding="utf-8") as stream:
        YAML(typ="safe").dump(config, stream)
    (folder / "towns.geojson").write_text(json.dumps(make_towns()), encoding="utf-8")
    _write(folder / "bases.csv", ("id", "name", "lon", "lat"), BASES)
    _write(folder / "sites.csv", _SITE_COLUMNS, SITES)
    _write(folder / "units.csv", ("id", "name", "mode", "base_id", "crew"), make_units())
    return day


_SITE_COLUMNS = ("id", "name", "kind", "lon", "lat", "weight", "windows", "cadence_min")


def make_units() -> list[tuple[str, str, str, str, int]]:
    """12 units on foot, 10 on e-bikes and 8 in cars, spread over the bases."""
    return [
        (f"{letter}{n:02d}", f"{mode.title()} {n}", mode, BASES[n % len(BASES)][0], 2)
        for letter, mode, count in MODES
        for n in range(1, count + 1)
    ]


def make_towns() -> dict[str, Any]:
    """The quarters as GeoJSON."""
    features = []
    for name, west, east in zip(TOWNS, MERIDIANS, MERIDIANS[1:], strict=False):
        ring = [[west, SOUTH], [east, SOUTH], [east, NORTH], [west, NORTH], [west, SOUTH]]
        features.append(
            {
                "type": "Feature",
                "properties": {"id": name.lower().replace(" ", "-"), "name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def write_cameras(folder: Path, urls: Mapping[str, str]) -> Path:
    """Write the camera inventory with the addresses that the cameras have now."""
    path = folder / "cameras.csv"
    rows = [(id_, name, lon, lat, urls[id_], json.dumps(RULES)) for id_, name, lon, lat in CAMERAS]
    _write(path, ("id", "name", "lon", "lat", "url", "rules"), rows)
    return path


def frames_of(clip: Path, limit: int) -> Iterable[Any]:
    """The first frames of a clip as arrays (height, width, 3), blue first."""
    with av.open(str(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number >= limit:
                break
            yield frame.to_ndarray(format="bgr24")


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_county(target, datetime.now(ZONE), port=8000)
    (target / "rules.yaml").write_text(json.dumps({"rules": RULES}), encoding="utf-8")
    write_cameras(target, {id_: f"rtsp://127.0.0.1:8554/{id_}" for id_, *_ in CAMERAS})
