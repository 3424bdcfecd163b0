"""The inventory of cameras, with their counting rules from a column or from a YAML file."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from patrol.model.camera import FARTHEST_M, MOST_SIDE_PX, Camera, Rule
from patrol.model.errors import InputError
from patrol.model.town import Window
from patrol.read.columns import (
    CellError,
    Cells,
    ColumnChoice,
    Field,
    Reading,
)
from patrol.read.inventory import read_inventory
from patrol.read.rules import make_rules
from patrol.read.table import Table
from patrol.read.windows import parse_windows

FIELDS = (
    Field("id", True, ("camera_id", "编号", "设备编号")),
    Field("name", False, ("名称",)),
    Field("lon", True, ("lng", "longitude", "经度")),
    Field("lat", True, ("latitude", "纬度")),
    Field("url", True, ("stream", "地址", "视频地址")),
    Field("owner", False, ("权属", "所属单位")),
    Field("rules", False, ("规则",)),
    Field("enabled", False, ("启用",)),
    Field("secret", False, ()),
    Field("heading_deg", False, ("heading", "朝向")),
    Field("fov_deg", False, ("fov", "视场角")),
    Field("range_m", False, ("range", "可视距离")),
    Field("schedule", False, ("时段", "布防时段")),
    Field("tags", False, ("标签",)),
    Field("width_px", False, ("width", "画面宽")),
    Field("height_px", False, ("height", "画面高")),
    Field("town_id", False, ("town", "镇", "街道")),
)
_KEPT = (
    *("name", "town_id", "owner", "rules", "enabled", "secret", "heading_deg", "fov_deg"),
    *("range_m", "schedule", "tags"),
)
_BETWEEN_TAGS = re.compile(r"[;,，；|、]+")
_SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https", "gb28181", "onvif", "file", "")


def read_cameras(
    table: Table,
    choice: ColumnChoice,
    rules: Mapping[str, tuple[Rule, ...]] | None = None,
    known: Mapping[str, Camera] | None = None,
) -> Reading[Camera]:
    """Read cameras; ``rules`` by camera id, from a rules file, replace those of the table.

    ``known`` are the cameras of the inventory by id: what the file has no column for, such as the
    rules that somebody drew, stays as it is there. An empty cell of a column clears the field.

    Raises
    ------
    InputError
        If a needed column is missing, a column looks like persons, one id stands for two cameras,
        or the rules file names a camera that is not there.
    """
    parse = partial(_parse_camera, known=known or {})
    reading = read_inventory(table, choice, FIELDS, parse, ("camera id", lambda one: one.id))
    if not rules:
        return reading
    strange = set(rules) - {camera.id for camera in reading.values}
    if strange:
        raise InputError(f"{table.name} has no camera {min(strange)!r} that the rules name")
    with_rules = tuple(
        replace(camera, rules=rules.get(camera.id, camera.rules)) for camera in reading.values
    )
    return replace(reading, values=with_rules)


def _parse_camera(cells: Cells, known: Mapping[str, Camera]) -> Camera:
    name = cells.needed("id")
    read = Camera(
        id=name,
        name=cells.text("name", name),
        place=cells.place(),
        url=_parse_url(cells.needed("url")),
        town_id=cells.text("town_id") or None,
        owner=cells.text("owner", "county"),
        rules=_parse_rules(cells.text("rules")),
        enabled=cells.flag("enabled", default=True),
        secret=cells.text("secret") or None,
        heading_deg=cells.number("heading_deg", 0, 360),
        fov_deg=cells.number("fov_deg", 1, 360),
        range_m=cells.number("range_m", 1, FARTHEST_M),
        schedule=_parse_schedule(cells.text("schedule")),
        tags=tuple(_BETWEEN_TAGS.sub(" ", cells.text("tags")).split()),
        size_px=_parse_size(cells),
    )
    before = known.get(name)
    if before is None:
        return read
    kept = {field: getattr(before, field) for field in _KEPT if not cells.has(field)}
    return (
        replace(read, **kept)
        if cells.has("width_px")
        else replace(read, size_px=before.size_px, **kept)
    )


def _parse_schedule(text: str) -> tuple[Window, ...]:
    try:
        return parse_windows(text)
    except InputError as error:
        raise CellError("schedule", text, str(error)) from None


def _parse_size(cells: Cells) -> tuple[int, int] | None:
    width_px = cells.integer("width_px", 16, MOST_SIDE_PX)
    height_px = cells.integer("height_px", 16, MOST_SIDE_PX)
    if width_px is None or height_px is None:
        return None
    return width_px, height_px


def _parse_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise CellError("url", url, f"must be a URL ({error})") from error
    # A one-letter scheme is a drive of Windows, hence a path.
    if len(parts.scheme) > 1 and parts.scheme not in _SCHEMES:
        raise CellError("url", url, f"must start with one of {', '.join(filter(None, _SCHEMES))}")
    if parts.username is not None or parts.password is not None:
        # The value is not shown: it holds what must not be seen.
        raise CellError("url", "...", "must not carry a user or password; name them in secret")
    return url


def _parse_rules(text: str) -> tuple[Rule, ...]:
    if not text:
        return ()
    try:
        return make_rules({"rules": json.loads(text)}, "rules")
    except (ValueError, RecursionError) as error:
        raise CellError("rules", text, f"must be a JSON list of rules ({error})") from error
    except InputError as error:
        raise CellError("rules", text, str(error)) from error
