"""Import units, bases, cameras, key sites, towns, survey answers and street lamps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from patrol.model.camera import Camera, Rule
from patrol.model.errors import InputError
from patrol.model.mark import Mark
from patrol.model.place import Place
from patrol.model.town import KeySite
from patrol.model.unit import Base
from patrol.read.cameras import read_cameras
from patrol.read.campaigns import read_campaigns
from patrol.read.columns import BAD_SHARE, ColumnChoice, Reading, check_bad_share
from patrol.read.lamps import read_lamps
from patrol.read.marks import read_marks
from patrol.read.rules import read_rules_by_camera
from patrol.read.sites import read_sites
from patrol.read.survey import read_survey
from patrol.read.table import Table, read_table, read_table_bytes
from patrol.read.towns import TownIndex, read_towns
from patrol.read.units import read_bases, read_units
from patrol.store.lamps import LampStore
from patrol.store.marks import MarkStore
from patrol.usecase.import_result import ImportResult, make_result
from patrol.usecase.services import Services

_Placed = TypeVar("_Placed", Base, Camera, KeySite)


@dataclass(frozen=True, slots=True)
class TableImport:
    """A file, its column mapping, and the share of bad rows that is put up with."""

    path: Path
    choice: ColumnChoice
    allow_bad_share: float = BAD_SHARE
    data: bytes | None = None
    """The file's bytes where they came over the network; ``path`` is then its name only."""

    def read(self) -> Table:
        """The file's rows.

        Raises
        ------
        InputError
            As :func:`patrol.read.table.read_table`.
        """
        if self.data is None:
            return read_table(self.path)
        return read_table_bytes(self.path.name, self.data)


def import_units(services: Services, request: TableImport) -> ImportResult:
    """Import patrol units.

    Raises
    ------
    InputError
        If the file is refused, or a device is given to two units. Nothing is imported then.
    """
    reading = read_units(read_table(request.path), request.choice)
    check_bad_share(reading, request.allow_bad_share)
    bases = {base.id for base in services.bases.list_bases()}
    devices = {unit.device_id: unit.id for unit in services.units.list_units() if unit.device_id}
    for unit in reading.values:
        owner = devices.setdefault(unit.device_id, unit.id) if unit.device_id else unit.id
        if owner != unit.id:
            raise InputError(
                f"{reading.file}: device_id {unit.device_id} of unit {unit.id} belongs to {owner}"
            )
    homeless = sorted({unit.base_id for unit in reading.values} - bases)
    warnings = tuple(
        f"base {base_id} is not known yet; import it with `patrol import bases`"
        for base_id in homeless
    )
    return make_result("units", reading, services.units.save_units(reading.values), warnings)


def import_bases(services: Services, request: TableImport) -> ImportResult:
    """Import bases, with the town each lies in.

    Raises
    ------
    InputError
        If the file is refused. Nothing is imported then.
    """
    reading = read_bases(read_table(request.path), request.choice)
    check_bad_share(reading, request.allow_bad_share)
    values = with_towns(services, reading.values)
    return make_result(
        "bases", reading, services.bases.save_bases(values), _off_streets(services, values)
    )


def import_cameras(
    services: Services, request: TableImport, rules_path: Path | None = None
) -> ImportResult:
    """Import cameras, with their rules and the town each lies in.

    What the file has no column for stays as the inventory has it: a list of addresses does not
    undo the rules that somebody drew.

    Raises
    ------
    InputError
        If a file is refused. Nothing is imported then.
    """
    rules = read_rules_by_camera(rules_path) if rules_path is not None else None
    reading = read_camera_table(services, read_table(request.path), request.choice, rules)
    check_bad_share(reading, request.allow_bad_share)
    values = with_towns(services, reading.values)
    ruleless = sum(1 for camera in values if not camera.rules)
    warnings = (f"{ruleless} cameras have no rules and count nothing",) if ruleless else ()
    return make_result(
        "cameras",
        reading,
        services.cameras.save_cameras(values),
        warnings + _off_streets(services, values),
    )


def read_camera_table(
    services: Services,
    table: Table,
    choice: ColumnChoice,
    rules: Mapping[str, tuple[Rule, ...]] | None = None,
) -> Reading[Camera]:
    """Read cameras against the inventory, without saving any."""
    known = {camera.id: camera for camera in services.cameras.list_cameras()}
    return read_cameras(table, choice, rules, known)


def import_sites(services: Services, request: TableImport) -> ImportResult:
    """Import key sites, with the town each lies in.

    Raises
    ------
    InputError
        If the file is refused. Nothing is imported then.
    """
    reading = read_sites(request.read(), request.choice)
    check_bad_share(reading, request.allow_bad_share)
    values = with_towns(services, reading.values)
    return make_result(
        "sites", reading, services.sites.save_sites(values), _off_streets(services, values)
    )


def import_lamps(services: Services, request: TableImport) -> ImportResult:
    """Import street lamps, for the layer of dark streets.

    Raises
    ------
    InputError
        If the file is refused. Nothing is imported then.
    """
    reading = read_lamps(read_table(request.path), request.choice)
    check_bad_share(reading, request.allow_bad_share)
    saved = LampStore(services.db).save_lamps(reading.values)
    out = sum(not lamp.works for lamp in reading.values)
    warnings = (f"{out} of {len(reading.values)} lamps do not work",) if out else ()
    return make_result("lamps", reading, saved, warnings)


def import_towns(services: Services, request: TableImport) -> ImportResult:
    """Import towns, and find the town of everything imported before them.

    Raises
    ------
    InputError
        If the file is refused. Nothing is imported then.
    """
    reading = read_towns(read_table(request.path), request.choice)
    check_bad_share(reading, request.allow_bad_share)
    saved = services.towns.save_towns(reading.values)
    services.bases.save_bases(with_towns(services, services.bases.list_bases()))
    services.sites.save_sites(with_towns(services, services.sites.list_sites()))
    services.cameras.save_cameras(with_towns(services, services.cameras.list_cameras()))
    return make_result("towns", reading, saved)


def import_survey(services: Services, request: TableImport) -> ImportResult:
    """Import residents' answers.

    Raises
    ------
    InputError
        If the file is refused. Nothing is imported then.
    """
    reading = read_survey(request.read(), request.choice)
    check_bad_share(reading, request.allow_bad_share)
    known = _town_ids(services)
    values = [
        replace(answer, town_id=known.get(answer.town_id, answer.town_id))
        for answer in reading.values
    ]
    strange = sorted({answer.town_id for answer in values} - set(known.values()))
    warnings = tuple(f"town {town_id} is not known; import towns first" for town_id in strange)
    return make_result("survey", reading, services.surveys.save_answers(values), warnings)


def import_campaigns(services: Services, request: TableImport) -> ImportResult:
    """Import campaigns; towns may be named by id or by name.

    Raises
    ------
    InputError
        If the file is refused. Nothing is imported then.
    """
    reading = read_campaigns(request.read(), request.choice)
    check_bad_share(reading, request.allow_bad_share)
    known = _town_ids(services)
    values = [
        replace(one, town_ids=frozenset(known.get(name, name) for name in one.town_ids))
        for one in reading.values
    ]
    strange = sorted({name for one in values for name in one.town_ids} - set(known.values()))
    warnings = tuple(f"town {town_id} is not known; import towns first" for town_id in strange)
    saved = services.campaigns.save_campaigns(values)
    return make_result("campaigns", reading, saved, warnings)


def import_marks(services: Services, request: TableImport) -> ImportResult:
    """Import planners' marks.

    Raises
    ------
    InputError
        If the file is refused. Nothing is imported then.
    """
    reading = read_marks(request.read(), request.choice)
    check_bad_share(reading, request.allow_bad_share)
    saved = MarkStore(services.db).save_marks(reading.values)
    return make_result("marks", reading, saved, _off_streets(services, reading.values))


def _town_ids(services: Services) -> dict[str, str]:
    """Ids of towns by id, and by name where no id is the same."""
    towns = services.towns.list_towns()
    return {town.name: town.id for town in towns} | {town.id: town.id for town in towns}


def with_towns(services: Services, values: Sequence[_Placed]) -> list[_Placed]:
    """The values with the town that each lies in, where it names no known one itself."""
    towns = services.towns.list_towns()
    if not towns or not values:
        return list(values)
    lon, lat = _lon_lat([value.place for value in values])
    found = TownIndex(towns).find_towns(lon, lat)
    known = {town.id for town in towns}
    return [
        value if value.town_id in known else replace(value, town_id=town_id)
        for value, town_id in zip(values, found, strict=True)
    ]


def _off_streets(services: Services, values: Sequence[_Placed | Mark]) -> tuple[str, ...]:
    network = services.streets.find_network()
    if network is None or not values:
        return ()
    lon, lat = _lon_lat([value.place for value in values])
    snap_m = 500.0
    index, _ = network.nearest_segments(lon, lat, within_m=snap_m, access=None)
    lost = [value.id for value, at in zip(values, index.tolist(), strict=True) if at < 0]
    if not lost:
        return ()
    return (f"{len(lost)} lie more than {snap_m:.0f} m from any street: {', '.join(lost[:10])}",)


def _lon_lat(places: Sequence[Place]) -> tuple[np.ndarray, np.ndarray]:
    both = np.array([(place.lon, place.lat) for place in places])
    return both[:, 0], both[:, 1]
