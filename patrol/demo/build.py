"""Build the made county in a folder: configuration, data, accounts; ready to plan and to serve.

Everything goes in through the use cases behind the commands; nothing is written past them.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from patrol.config.document import make_config_yaml
from patrol.config.edit import edit_config
from patrol.demo.county import CountyFiles, write_county
from patrol.model.access import Role
from patrol.model.errors import OutsideError
from patrol.model.incident import Source
from patrol.read.columns import ColumnChoice
from patrol.read.incidents import IncidentOptions
from patrol.usecase.access import CONSOLE, add_user
from patrol.usecase.import_incidents import IncidentImport, import_incidents
from patrol.usecase.import_result import ImportResult
from patrol.usecase.import_streets import import_streets
from patrol.usecase.import_tables import (
    TableImport,
    import_bases,
    import_sites,
    import_survey,
    import_towns,
    import_units,
)
from patrol.usecase.services import Services

SEED = 7
BUREAU_ADDRESS = "县公安局"
"""Reports entered with the bureau's address have no place of their own, so they are left out."""

ACCOUNTS = (
    ("ding", Role.DISPATCHER, None),
    ("ping", Role.PLANNER, None),
    ("su", Role.SUPERVISOR, None),
    ("admin", Role.ADMIN, None),
    ("ou", Role.OFFICER, "F01"),
    ("officer-e01", Role.OFFICER, "E01"),
    ("officer-c01", Role.OFFICER, "C01"),
)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """Where a demo county lives."""

    path: Path

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.path / "config.yaml"

    @property
    def imports(self) -> Path:
        """The files that were imported, to look at and to try the commands with."""
        return self.path / "import"

    @property
    def signins(self) -> Path:
        """The generated passwords, readable by the owner only."""
        return self.path / "signins.json"

    @property
    def clips(self) -> Path:
        """The rendered clips that its cameras show."""
        return self.path / "clips"

    @property
    def finished(self) -> bool:
        """Whether the county was built to its end."""
        return (self.path / "built").exists()

    def mark_finished(self) -> None:
        """Remember that the county was built to its end."""
        (self.path / "built").touch()


def write_config(folder: DemoFolder, port: int) -> None:
    """Write the demo's configuration, with the comments that `patrol init` writes.

    Raises
    ------
    OutsideError
        If the folder cannot be written.
    """
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        if not folder.config.exists():
            folder.config.write_text(make_config_yaml(), encoding="utf-8")
    except OSError as error:
        raise OutsideError(f"{folder.path}: cannot be written: {error.strerror}") from error
    edit_config(
        folder.config,
        {
            "county": {"name": "云溪县（示范）", "name_en": "Yunxi County (demo)"},
            "web": {"port": port},
            "hotspots": {
                "count": 320,
                "kinds": {
                    "assault": {"weight": 4.0},
                    "burglary": {"weight": 3.0},
                    "theft": {"weight": 2.0},
                    "ebike_theft": {"weight": 1.5},
                    "noise": {"weight": 0.3},
                },
            },
        },
    )


def build_county(services: Services, folder: DemoFolder, tell: Tell, seed: int = SEED) -> None:
    """Make the county's files and import them; what is there already is left as it is."""
    zone = services.config.county.zone
    files = write_county(folder.imports, services.clock().astimezone(zone).date(), seed)
    tell(f"wrote the county's files to {folder.imports}")
    _import_streets(services, files, tell)
    for what, path, importer in (
        ("towns", files.towns, import_towns),
        ("bases", files.bases, import_bases),
        ("units", files.units, import_units),
        ("sites", files.sites, import_sites),
        ("survey", files.survey, import_survey),
    ):
        _tell_result(importer(services, TableImport(path, ColumnChoice())), what, tell)
    for source, path in files.incidents.items():
        options = IncidentOptions(source=source, zone=zone)
        exclude = (BUREAU_ADDRESS,) if source is Source.PUBLIC else ()
        result = import_incidents(services, IncidentImport(path, options, exclude=exclude))
        _tell_result(result, f"incidents from {source}", tell)


def _import_streets(services: Services, files: CountyFiles, tell: Tell) -> None:
    segment_m = services.config.hotspots.segment_m
    report = import_streets(services.streets, files.streets, segment_m)
    lengths = ", ".join(f"{mode} {km:.0f} km" for mode, km in report.km_by_mode.items())
    tell(f"streets: {report.kept} ways, {report.segments} segments ({lengths})")


def _tell_result(result: ImportResult, what: str, tell: Tell) -> None:
    tell(f"{what}: {result.read} rows read, {result.kept} kept, {len(result.refused)} refused")


def add_accounts(services: Services, folder: DemoFolder) -> dict[str, str]:
    """Open the demo's accounts with generated passwords, and keep those for the next start.

    Returns
    -------
    passwords
        By name, those of accounts that were opened before as well.
    """
    known: dict[str, str] = {}
    if folder.signins.exists():
        known = json.loads(folder.signins.read_text(encoding="utf-8"))
    for name, role, unit_id in ACCOUNTS:
        if services.users.find_user(name) is None:
            _, known[name] = add_user(services, CONSOLE, name, role, unit_id=unit_id)
    _write_private(folder.signins, json.dumps(known, indent=1) + "\n")
    return known


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
