"""``patrol hotspots``: build the map of a day, and test how well it would have done."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from patrol.cli.output import print_json, print_text, tell
from patrol.cli.program import pass_services
from patrol.hotspot.backtest import Progress
from patrol.model.errors import InputError, OutsideError
from patrol.model.mark import Mark
from patrol.model.place import Place
from patrol.store.marks import MarkStore
from patrol.usecase.backtest import BacktestRequest, run_backtest
from patrol.usecase.exposure import (
    Period,
    days_period,
    exposure_json,
    quarter_period,
    report_exposure,
)
from patrol.usecase.hotspot_map import build_hour_map, map_geojson
from patrol.usecase.services import Services


@click.group("hotspots")
def hotspots() -> None:
    """Hotspot maps: where presence is needed most, and the evidence for it."""


@hotspots.command("build")
@click.option("--at", "at_text", required=True, help="Time of the map; local without a zone.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="GeoJSON file to write."
)
@click.option("--limit", type=click.IntRange(1), help="Only the highest so many segments.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_services
def build(services: Services, at_text: str, out: Path, limit: int | None, *, as_json: bool) -> None:
    """Write the map of street segments with scores, ranks and reasons."""
    at = parse_time(at_text, services)
    made = build_hour_map(services, at)
    collection = map_geojson(services, made, limit or made.network.segment_count)
    try:
        out.write_bytes(orjson.dumps(collection))
    except OSError as error:
        raise OutsideError(f"{out} cannot be written: {error.strerror or error}") from error
    count = len(collection["features"])
    if as_json:
        print_json(
            {
                "ok": True,
                "out": str(out),
                "segments": made.network.segment_count,
                "hotspots": count,
                "at": at,
            }
        )
        return
    print_text(f"{count} of {made.network.segment_count} street segments have a score; in {out}")
    for feature in collection["features"][:5]:
        told = feature["properties"]
        print_text(f"{told['rank']}. {told['name'] or told['id']}: {told['score']:.1f} x average")


@hotspots.command("backtest")
@click.option("--from", "start", required=True, help="First day of the test, local.")
@click.option("--to", "end", required=True, help="Day after the last one; whole weeks are tested.")
@click.option("--train-from", "train_start", help="First day that is learned from; default: all.")
@click.option(
    "--unit", default="cell:150", show_default=True, help="segment, or cell:METERS (no streets)."
)
@click.option("--kind", "kinds", multiple=True, help="Only this kind; may be given several times.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_services
def backtest(services: Services, *, as_json: bool, **options: Any) -> None:
    """Test the map week by week against kernel density and decayed counts."""
    train_start = options["train_start"]
    request = BacktestRequest(
        start=parse_day("--from", options["start"]),
        end=parse_day("--to", options["end"]),
        train_start=None if train_start is None else parse_day("--train-from", train_start),
        unit=options["unit"],
        kinds=frozenset(options["kinds"]),
        seed=options["seed"],
    )
    answer = run_backtest(services, request, _told_by_tenths())
    if as_json:
        print_json(answer)
        return
    print_text(
        f"{answer['weeks']} weeks, {answer['incidents']} incidents on {answer['units']} units "
        f"({answer['unit']})"
    )
    for share, rate in answer["hit_rate"].items():
        low, high = answer["ci95"][share]
        print_text(f"top {float(share):.0%}: {rate:.1%} of incidents ({low:.1%} to {high:.1%})")
        for name, rival in answer["baselines"].items():
            difference = rival["difference"][share]
            low, high = difference["ci95"]
            print_text(
                f"  {name}: {rival['hit_rate'][share]:.1%}; ours {difference['hit_rate']:+.1%} "
                f"({low:+.1%} to {high:+.1%}): {difference['verdict']}"
            )
    for what in ("kind", "shift"):
        for name, part in answer[f"by_{what}"].items():
            _tell_part(what, name, part)


def _tell_part(what: str, name: str, part: dict[str, Any]) -> None:
    """One line for a kind or shift: its hit rate at 1 and 5 %, against the best half-life."""
    if not part["incidents"]:
        return
    rates = []
    for share in ("0.01", "0.05"):
        rival = part["baselines"]["decayed_counts"]
        verdict = rival["difference"][share]["verdict"]
        rates.append(
            f"{float(share):.0%}: {part['hit_rate'][share]:.1%} (decayed counts "
            f"{rival['hit_rate'][share]:.1%}: {verdict})"
        )
    print_text(f"{what} {name}, {part['incidents']} incidents: {'; '.join(rates)}")


@hotspots.command("exposure")
@click.option("--quarter", help="A calendar quarter such as 2026Q4, instead of --from and --to.")
@click.option("--from", "start", help="First day, local.")
@click.option("--to", "end", help="Day after the last one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_services
def exposure(
    services: Services, quarter: str | None, start: str | None, end: str | None, *, as_json: bool
) -> None:
    """Tell how many hours of presence each town got, per resident and per public incident."""
    report = report_exposure(services, _period(services, quarter, start, end))
    if as_json:
        print_json({"ok": True, **exposure_json(report)})
        return
    for town in report.towns:
        change = (
            "" if town.change_share is None else f", {town.change_share:+.0%} on the time before"
        )
        print_text(
            f"{town.name}: {town.hours:.1f} h{change}; "
            f"{_per(town.per_1000_residents)} h per 1,000 residents, "
            f"{_per(town.per_incident)} h per public incident"
        )
    for name, spread in (
        ("1,000 residents", report.per_1000_residents),
        ("public incident", report.per_incident),
    ):
        print_text(
            f"per {name}: Gini {spread.gini:.2f}, highest over median "
            f"{_per(spread.max_over_median)} in {spread.towns} towns"
        )
    for alarm in report.alarms:
        print_text(f"warning: {alarm}")


def _period(services: Services, quarter: str | None, start: str | None, end: str | None) -> Period:
    zone = services.config.county.zone
    if quarter is not None and start is None and end is None:
        return quarter_period(quarter, zone, services.clock())
    if quarter is None and start is not None and end is not None:
        return days_period(parse_day("--from", start), parse_day("--to", end), zone)
    raise InputError("give either --quarter, or both --from and --to")


def _per(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


@hotspots.command("mark")
@click.argument("name")
@click.option("--at", "place_text", required=True, help="LON,LAT of the middle.")
@click.option("--radius", "radius_m", type=float, default=100.0, show_default=True, help="Meters.")
@click.option("--weight", type=float, default=1.0, show_default=True, help="1: an average site.")
@click.option("--reason", required=True, help="Why; it stands in the map's history.")
@click.option("--from", "first", required=True, help="First day, local.")
@click.option("--to", "last", required=True, help="Last day, local.")
@pass_services
def mark(services: Services, name: str, **options: Any) -> None:
    """Put weight of your own on a place for some days; the same NAME again changes it."""
    made = Mark(
        id=name,
        place=parse_place(options["place_text"]),
        radius_m=options["radius_m"],
        weight=options["weight"],
        reason=options["reason"],
        first=parse_day("--from", options["first"]),
        last=parse_day("--to", options["last"]),
    )
    saved = MarkStore(services.db).save_marks([made])
    print_text(f"mark {name}: {'added' if saved.added else 'kept'}, until {made.last}")


def parse_place(text: str) -> Place:
    """A place given as ``LON,LAT``.

    Raises
    ------
    InputError
        If it is none.
    """
    lon, _, lat = text.partition(",")
    try:
        numbers = float(lon), float(lat)
    except ValueError as error:
        raise InputError(f"a place must be LON,LAT such as 113.5,22.5, got {text!r}") from error
    return Place(*numbers)


def _told_by_tenths() -> Progress:
    last = -1

    def progress(name: str, share: float) -> None:
        nonlocal last
        if int(share * 10) > last:
            last = int(share * 10)
            tell(f"backtest {share:4.0%} {name}")

    return progress


def parse_day(option: str, text: str) -> date:
    """A day such as 2024-05-01.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{option} must be a day such as 2024-05-01, got {text!r}") from error


def parse_time(text: str, services: Services) -> datetime:
    """An ISO time; the county's local time where it names no zone.

    Raises
    ------
    InputError
        If it is no time.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--at must be a time such as 2024-05-01T20:00, got {text!r}") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=services.config.county.zone)


commands: list[click.Command] = [hotspots]
