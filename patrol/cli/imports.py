"""``patrol import``: incidents, cameras, units, bases, sites, towns, survey answers, lamps."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from patrol.cli.output import print_json, print_text
from patrol.cli.program import pass_services
from patrol.model.fault import Fault
from patrol.model.incident import Source
from patrol.read.columns import BAD_SHARE, parse_choice
from patrol.read.incidents import IncidentOptions
from patrol.read.times import find_zone
from patrol.usecase import import_tables
from patrol.usecase.import_incidents import IncidentImport, check_stored, import_incidents
from patrol.usecase.import_result import ImportResult
from patrol.usecase.import_tables import TableImport
from patrol.usecase.services import Services

_SHOWN = 20

Command = Callable[..., Any]


@click.group("import")
def import_group() -> None:
    """Read streets, incidents, cameras, units, bases, sites, towns and survey answers."""


def _file_options(command: Command) -> Command:
    options = (
        click.argument("file", type=click.Path(path_type=Path)),
        click.option(
            "--columns",
            default="",
            help="Mapping field=column,...; A+B joins two columns; drop=COLUMN leaves one out.",
        ),
        click.option(
            "--allow-bad",
            type=float,
            default=BAD_SHARE,
            show_default=True,
            help="Share of bad rows up to which the good ones are imported.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@import_group.command("incidents")
@_file_options
@click.option("--tz", "zone", help="Zone of times without one; default: the county's.")
@click.option(
    "--source",
    type=click.Choice([source.value for source in Source]),
    required=True,
    help="Who reported them; patrol-discovered ones must not feed the map.",
)
@click.option("--time-format", help="strptime format, where times leave the day open.")
@click.option(
    "--exclude-point",
    "exclude",
    multiple=True,
    help="LON,LAT or address of a point that stands for 'unknown'; remembered.",
)
@click.option(
    "--leave-out",
    multiple=True,
    type=click.Choice([fault.value for fault in Fault]),
    help="Leave rows with this fault out, now and later, on the map too.",
)
@click.option(
    "--take-in",
    multiple=True,
    type=click.Choice([fault.value for fault in Fault]),
    help="Let rows with this fault count again.",
)
@click.option("--check", "check_only", is_flag=True, help="Report only; import nothing.")
@click.option("--by", "actor", default="", hidden=True, help="Who asked, for the report.")
@pass_services
def incidents(services: Services, file: Path, *, as_json: bool, **options: Any) -> None:
    """Import incidents from FILE (.csv, .csv.gz, .geojson)."""
    how = IncidentOptions(
        source=Source(options["source"]),
        zone=find_zone(options["zone"] or services.config.county.timezone),
        choice=parse_choice(options["columns"]),
        time_format=options["time_format"],
    )
    request = IncidentImport(
        file,
        how,
        options["allow_bad"],
        options["exclude"],
        leave_out=frozenset(map(Fault, options["leave_out"])),
        take_in=frozenset(map(Fault, options["take_in"])),
        check_only=options["check_only"],
        actor=options["actor"],
    )
    _show(import_incidents(services, request), as_json=as_json)


@import_group.command("check-stored")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--by", "actor", default="", hidden=True, help="Who asked, for the report.")
@pass_services
def stored(services: Services, *, actor: str, as_json: bool) -> None:
    """Report on the quality of the incidents that are stored already."""
    _show(check_stored(services, actor), as_json=as_json)


@import_group.command("cameras")
@_file_options
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    help="YAML file with rules by camera: cameras: {ID: {rules: [...]}}.",
)
@pass_services
def cameras(
    services: Services,
    file: Path,
    columns: str,
    allow_bad: float,
    rules: Path | None,
    *,
    as_json: bool,
) -> None:
    """Import cameras from FILE (.csv, .csv.gz, .geojson)."""
    request = TableImport(file, parse_choice(columns), allow_bad)
    _show(import_tables.import_cameras(services, request, rules), as_json=as_json)


def _table_command(
    name: str, what: str, run: Callable[[Services, TableImport], ImportResult]
) -> None:
    @import_group.command(name, help=f"Import {what}.")
    @_file_options
    @pass_services
    def command(
        services: Services, file: Path, columns: str, allow_bad: float, *, as_json: bool
    ) -> None:
        _show(run(services, TableImport(file, parse_choice(columns), allow_bad)), as_json=as_json)


_table_command("units", "patrol units from FILE", import_tables.import_units)
_table_command("bases", "bases (stations and posts) from FILE", import_tables.import_bases)
_table_command("sites", "key sites from FILE", import_tables.import_sites)
_table_command("towns", "towns from FILE (GeoJSON polygons)", import_tables.import_towns)
_table_command("lamps", "street lamps from FILE, for dark streets", import_tables.import_lamps)
_table_command("survey", "residents' answers from FILE", import_tables.import_survey)
_table_command(
    "campaigns", "campaigns (dated extra weight) from FILE", import_tables.import_campaigns
)
_table_command("marks", "planners' marks from FILE", import_tables.import_marks)


def result_json(result: ImportResult) -> dict[str, Any]:
    """An import as ``--json`` prints it."""
    return {
        "ok": True,
        "what": result.what,
        "file": result.file,
        "read": result.read,
        "kept": result.kept,
        "duplicates": result.duplicates,
        "excluded": result.excluded,
        "left_out": result.left_out,
        "added": result.saved.added,
        "changed": result.saved.changed,
        "unchanged": result.saved.unchanged,
        "refused": [asdict(refusal) for refusal in result.refused],
        "warnings": list(result.warnings),
        "quality": result.quality,
    }


def _show(result: ImportResult, *, as_json: bool) -> None:
    if as_json:
        print_json(result_json(result))
        return
    saved = result.saved
    print_text(
        f"{result.file}: {result.read} rows read, {result.kept} {result.what} kept, "
        f"{len(result.refused)} refused, {result.duplicates} exact duplicates, "
        f"{result.excluded} left out"
    )
    for reason, count in result.left_out.items():
        print_text(f"left out: {count} rows, {reason}")
    print_text(f"{saved.added} added, {saved.changed} changed, {saved.unchanged} known already")
    for refusal in result.refused[:_SHOWN]:
        print_text(f"refused: {refusal}")
    if len(result.refused) > _SHOWN:
        print_text(f"refused: and {len(result.refused) - _SHOWN} more")
    for warning in result.warnings:
        print_text(f"warning: {warning}")


commands: list[click.Command] = [import_group]
