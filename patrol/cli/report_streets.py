"""``patrol report streets``: which street length cameras and patrols see."""

import click

from patrol.cli.output import print_json, print_text
from patrol.cli.program import pass_services
from patrol.cli.report import report
from patrol.usecase.services import Services
from patrol.usecase.street_coverage import (
    MOST_DAYS,
    CoverageRequest,
    PatrolBasis,
    TownCoverage,
    coverage_json,
    measure_coverage,
)


@report.command("streets")
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=CoverageRequest().days,
    show_default=True,
    help="Patrols of the last days.",
)
@click.option(
    "--by",
    type=click.Choice([basis.value for basis in PatrolBasis]),
    default=PatrolBasis.PLAN.value,
    show_default=True,
    help="What counts as a patrol: ways and stops of published plans, or stops really made.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_services
def streets(services: Services, days: int, by: str, *, as_json: bool) -> None:
    """Which street length is seen by a camera, by a patrol, by both, by neither; by town."""
    found = measure_coverage(services, CoverageRequest(days, PatrolBasis(by)))
    if as_json:
        print_json({"ok": True, **coverage_json(found)})
        return
    if found.cameras_without_heading:
        print_text(f"{found.cameras_without_heading} cameras have no heading and see nothing here")
    for town in found.towns:
        print_text(_shown(town))


def _shown(town: TownCoverage) -> str:
    parts = ", ".join(
        f"{name} {getattr(town, f'{name}_m') / 1000:.1f} km"
        for name in ("both", "camera", "patrol", "neither")
    )
    name = town.name or "county"
    return f"{name}: {town.street_m / 1000:.1f} km of street, seen {town.seen_share:.1%}: {parts}"


commands: list[click.Command] = [report]
