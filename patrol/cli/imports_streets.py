"""``patrol import streets``: read an OpenStreetMap file into the county's streets."""

from dataclasses import asdict
from pathlib import Path

import click

from patrol.cli.output import print_json, print_text, tell
from patrol.cli.program import pass_services
from patrol.usecase.import_streets import StreetsReport, import_streets
from patrol.usecase.services import Services


@click.command("streets")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_services
def streets_command(services: Services, path: Path, *, as_json: bool) -> None:
    """Read streets from FILE (.osm, .osm.gz, .osm.bz2 or .osm.pbf), in place of those kept now."""
    report = import_streets(
        services.streets,
        path,
        services.config.hotspots.segment_m,
        lambda what, count: tell(f"{what}: {count:,}"),
    )
    if as_json:
        print_json({"ok": True, "file": str(path), **asdict(report)})
    else:
        print_text(_summary(path, report))


def _summary(path: Path, report: StreetsReport) -> str:
    refused = sum(report.refused.values())
    lines = [f"{path}: {report.read} ways read, {report.kept} kept, {refused} refused"]
    lines += [f"  refused {count}: {reason}" for reason, count in report.refused.items()]
    lines += [f"  warning: {warning}" for warning in report.warnings]
    km = ", ".join(f"{mode} {length:,.0f} km" for mode, length in report.km_by_mode.items())
    lines.append(
        f"{report.segments} street segments ({km}): {report.added} new, {report.changed} changed, "
        f"{report.removed} removed, {report.unchanged} as before"
    )
    return "\n".join(lines)


@click.group("import")
def _import() -> None:
    """Read files from outside."""


_import.add_command(streets_command)
commands: list[click.Command] = [_import]
