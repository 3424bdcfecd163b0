"""Hotspot maps: hit rates against rivals on a real city, segments against cells, and speed.

The forecast is measured on cells and on street segments; the live map, as the service makes it with
its default settings from its own database, on segments by shift.

By default San Francisco: learned from January to September 2014, tested week by week on October to
December. Another city: ``--incidents FILE --columns ... --tz ZONE [--streets FILE] --from DAY
--to DAY [--train-from DAY]``.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bench.harness import Bench, best_of, run
from patrol.app import opened
from patrol.hotspot.blend import Shaping, Smoothing, blend
from patrol.hotspot.evaluate import top_hits
from patrol.hotspot.events import Events
from patrol.hotspot.habits import street_spread
from patrol.hotspot.layers import Decay, hour_totals, incident_weights, mix_hours, normalized
from patrol.hotspot.learn import Learner
from patrol.hotspot.past import Past, group_kinds
from patrol.model.incident import Incident, Source
from patrol.read.columns import parse_choice
from patrol.read.incidents import IncidentOptions, read_incidents
from patrol.read.osm import read_streets
from patrol.read.quality import check_quality, incident_places, near_points
from patrol.read.table import read_table
from patrol.read.times import find_zone
from patrol.routing.streets import StreetNetwork
from patrol.store.database import Database, database_url
from patrol.store.incidents import IncidentColumns, IncidentStore
from patrol.usecase.backtest import BacktestRequest, cell_case, run_backtest, whole_weeks
from patrol.usecase.backtest_figures import evaluate_case
from patrol.usecase.hotspot_inputs import street_points
from patrol.usecase.incident_arrays import KeptIncidents

CELL_M = 150.0
SNAP_M = 60.0
SEGMENT_M = 250.0
KDE_MARGIN = 0.02
SEGMENT_GAIN = 1.2
LIVE_PART = 0.99
"""The live map is the tested forecast but for the leveling of hours: within a hundredth."""
MAP_MS, WEEK_S = 50.0, 1.0
SPEED_SEGMENTS, SPEED_EVENTS = 10_000, 150_000
_STEP_M = 5.0

Arguments = argparse.Namespace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Another city than San Francisco."""
    parser.add_argument("--incidents", type=Path, help="file of incidents (default San Francisco)")
    parser.add_argument("--columns", default="time=time,lon=lon,lat=lat,kind=category")
    parser.add_argument("--tz", default="America/Los_Angeles")
    parser.add_argument("--streets", type=Path, help="street file of the same place")
    parser.add_argument("--from", dest="start", type=date.fromisoformat, default=date(2014, 10, 1))
    parser.add_argument("--to", dest="end", type=date.fromisoformat, default=date(2014, 12, 31))
    parser.add_argument("--train-from", type=date.fromisoformat, default=date(2014, 1, 1))


def measure(bench: Bench) -> None:
    """Hit rates on cells, segments against cells, speed."""
    _measure_speed(bench)
    args = bench.args
    file = args.incidents or bench.shared_data() / "incidents" / "sf_incidents_2014_2015.csv.gz"
    zone = find_zone(args.tz)
    options = IncidentOptions(Source.PUBLIC, zone, parse_choice(args.columns))
    reading = read_incidents(read_table(file), options)
    columns = make_columns(reading.values)
    heavy = check_quality(reading, zone, None).heavy_points
    for point in heavy:
        bench.note(f"heavy point: {point}")
    out = near_points(columns.lon, columns.lat, [(point.place, 1.0) for point in heavy])
    weeks = whole_weeks(args.start, args.end, zone)
    inside = (columns.time_s < weeks[-1].end_s) & (
        columns.time_s >= _first_s(args.train_from, zone)
    )
    has_kind = np.array([bool(kind) for kind in columns.kinds])[columns.kind]
    cases = {"all rows": inside}
    if not bench.quick:
        cases["without heavy points"] = inside & ~out
        cases["rows with a kind"] = inside & has_kind
    for name, keep in cases.items():
        _measure_cells(bench, name, columns, keep, zone)
    streets = args.streets or (
        bench.shared_data() / "osm" / "sanfrancisco_north_filtered.osm"
        if args.incidents is None
        else None
    )
    if streets is not None:
        network = read_streets(streets, SEGMENT_M).network
        _measure_growth(bench, reading.values, network, zone)
        _measure_segments(bench, columns, inside, network, zone)
        _measure_live_map(bench, reading.values, network)


def make_columns(values: tuple[Incident, ...]) -> IncidentColumns:
    """Incidents as the store gives them, oldest first."""
    ordered = sorted(values, key=lambda value: (value.time, value.id))
    lon, lat = incident_places(ordered)
    kinds = tuple(sorted({value.kind for value in ordered}))
    index = {kind: at for at, kind in enumerate(kinds)}
    return IncidentColumns(
        ids=tuple(value.id for value in ordered),
        time_s=np.array([int(value.time.timestamp()) for value in ordered], dtype=np.int64),
        lon=lon,
        lat=lat,
        kinds=kinds,
        kind=np.array([index[value.kind] for value in ordered], dtype=np.int32),
        sources=(Source.PUBLIC,),
        source=np.zeros(len(ordered), dtype=np.int32),
    )


def _first_s(day: date, zone: Any) -> int:
    return whole_weeks(day, date.fromordinal(day.toordinal() + 7), zone)[0].start_s


def _measure_cells(
    bench: Bench, name: str, columns: IncidentColumns, keep: NDArray[np.bool_], zone: Any
) -> None:
    args = bench.args
    request = BacktestRequest(args.start, args.end, args.train_from, f"cell:{CELL_M:g}")
    case = cell_case(columns, keep, request, whole_weeks(args.start, args.end, zone), CELL_M, zone)
    began = time.perf_counter()
    answer = evaluate_case(case, None, bench.seed)
    bench.figure(
        f"{name}: backtest of 9 maps over {answer['weeks']} weeks",
        round(time.perf_counter() - began, 2),
        "s",
        area_km2=answer["area_km2"],
        incidents=answer["incidents"],
        learned=answer.get("learned"),
    )
    rivals = answer["baselines"]
    for share, rate in answer["hit_rate"].items():
        bench.compare(
            f"{name}: hit rate at {float(share):.0%}",
            ours=rate,
            peers={
                "decayed counts, best half-life in hindsight": _best(rivals, share),
                "kde 150 m": rivals["kde"]["hit_rate"][share],
            },
            measure="share of incidents",
            better="higher",
            ci95=answer["ci95"][share],
            pai=answer["pai"][share],
            pei=answer["pei"][share],
            half_life_d=rivals["decayed_counts"]["half_life_d"],
            against_decayed=rivals["decayed_counts"]["difference"][share],
            against_kde=rivals["kde"]["difference"][share],
        )
    _bars(bench, name, answer)


def _best(rivals: dict[str, Any], share: str) -> float:
    """The best of all half-lives at this very share."""
    return float(max(rates[share] for rates in rivals["decayed_counts"]["all"].values()))


def _bars(bench: Bench, name: str, answer: dict[str, Any]) -> None:
    rivals, rate = answer["baselines"], answer["hit_rate"]
    champion = rivals["decayed_counts"]
    bench.bar(
        f"{name}: hit rate at 1 % against the best half-life of 30-365 d",
        rate["0.01"],
        at_least=champion["hit_rate"]["0.01"],
    )
    bench.bar(
        f"{name}: hit rate at 1 % against KDE 150 m + 2 points",
        rate["0.01"],
        at_least=rivals["kde"]["hit_rate"]["0.01"] + KDE_MARGIN,
    )
    for rival in ("decayed_counts", "kde"):
        # "Not behind" is a matter of evidence: the interval of the difference must reach 0.
        bench.bar(
            f"{name}: upper end of the difference to {rival} at 5 %",
            rivals[rival]["difference"]["0.05"]["ci95"][1],
            at_least=0.0,
        )


# ---------------------------------------------------------------------------------------------
# Segments against cells


def _measure_segments(
    bench: Bench,
    columns: IncidentColumns,
    inside: NDArray[np.bool_],
    network: StreetNetwork,
    zone: ZoneInfo,
) -> None:
    segment, _ = network.nearest_segments(columns.lon, columns.lat, within_m=SNAP_M)
    keep = inside & (segment >= 0)
    if not keep.any():
        bench.note("no incident lies on these streets: segments are not measured")
        return
    past, cell_past, cell_length_m = _pasts(columns, network, segment, keep)
    weeks = whole_weeks(bench.args.start, bench.args.end, zone)
    shares = [0.01, 0.05, 0.10]
    segments, cells, cells_by_length = Learner(past), Learner(cell_past), Learner(cell_past)
    found = np.zeros((3, len(shares)))
    total = 0.0
    for week in weeks:
        counts = past.counts(week.start_s, week.end_s)
        cell_counts = cell_past.counts(week.start_s, week.end_s)
        total += counts.sum()
        found[0] += top_hits(segments.forecast(week.start_s), past.size, counts, shares)
        chance = cells.forecast(week.start_s)
        # Cells in their own order (most incidents first), and by incidents per street length.
        found[1] += _cells_in_order(chance, cell_length_m, cell_counts, shares)
        by_length = cells_by_length.forecast(week.start_s)
        found[2] += top_hits(by_length, np.maximum(cell_length_m, _STEP_M), cell_counts, shares)
    for at, share in enumerate(shares):
        ours, best = found[0, at] / total, found[1:, at].max() / total
        bench.compare(
            f"segments: hit rate at {share:.0%} of street length",
            ours=round(float(ours), 5),
            peers={
                "150 m cells, most incidents first": round(float(found[1, at] / total), 5),
                "150 m cells, most per street length first": round(float(found[2, at] / total), 5),
            },
            measure="share of incidents",
            better="higher",
            incidents=int(total),
            street_km=round(float(network.seg_length_m.sum()) / 1000, 1),
        )
        bench.bar(
            f"segments against cells at {share:.0%} of street length",
            round(float(ours / best), 4),
            at_least=SEGMENT_GAIN,
        )


def _pasts(
    columns: IncidentColumns,
    network: StreetNetwork,
    segment: NDArray[np.int32],
    keep: NDArray[np.bool_],
) -> tuple[Past, Past, NDArray[np.float64]]:
    """The same incidents on segments and on cells, and the street length inside each cell."""
    x_m, y_m = network.projection.to_xy_m(columns.lon[keep], columns.lat[keep])
    middle = network.midpoints()
    middle_m = np.column_stack(network.projection.to_xy_m(middle[:, 0], middle[:, 1]))
    unit = segment[keep]
    time_s = columns.time_s[keep]
    target = np.ones(len(unit), dtype=np.bool_)
    group, groups = group_kinds(columns.kind[keep], columns.kinds, target)
    on_segments = Past(
        time_s,
        unit,
        middle_m[unit, 0],
        middle_m[unit, 1],
        target,
        group,
        groups,
        np.maximum(network.seg_length_m, 1.0),
        middle_m,
    )
    _, street_m = street_points(network, _STEP_M)
    west, south = street_m.min(axis=0) - SNAP_M
    width = int((street_m[:, 0].max() + SNAP_M - west) // CELL_M) + 1
    every = np.concatenate((street_m, np.column_stack((x_m, y_m))))
    flat = ((every[:, 1] - south) // CELL_M * width + (every[:, 0] - west) // CELL_M).astype(int)
    used, which = np.unique(flat, return_inverse=True)
    length_m = np.bincount(which[: len(street_m)], minlength=len(used)) * _STEP_M
    center_m = np.column_stack(
        (west + (used % width + 0.5) * CELL_M, south + (used // width + 0.5) * CELL_M)
    )
    on_cells = Past(
        time_s,
        which[len(street_m) :].astype(np.int32),
        x_m,
        y_m,
        target,
        group,
        groups,
        np.full(len(used), CELL_M**2),
        center_m,
    )
    return on_segments, on_cells, length_m.astype(np.float64)


def _cells_in_order(
    chance: NDArray[np.float64],
    length_m: NDArray[np.float64],
    hits: NDArray[np.float64],
    shares: list[float],
) -> NDArray[np.float64]:
    """Hits of cells by falling chance until they cover a share of the street length."""
    order = np.argsort(-chance, kind="stable")
    covered = np.concatenate(([0.0], np.cumsum(length_m[order])))
    gathered = np.concatenate(([0.0], np.cumsum(hits[order])))
    return np.interp(np.array(shares) * covered[-1], covered, gathered)


def _measure_live_map(bench: Bench, values: Sequence[Incident], network: StreetNetwork) -> None:
    """The map of the service itself, weeks rolling, against the forecast it is meant to be."""
    args = bench.args
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(f"county: {{timezone: {args.tz}}}\n", encoding="utf-8")
        with opened(config) as services:
            services.streets.save_network(network)
            services.incidents.add_incidents(values)
            request = BacktestRequest(args.start, args.end, args.train_from, "segment")
            answer = run_backtest(services, request)
    parts = {"all day": answer, **{f"shift {k}": v for k, v in answer["by_shift"].items()}}
    for name, part in parts.items():
        rivals = part.get("baselines")
        if not rivals:
            continue
        for share in ("0.01", "0.05"):
            live, forecast = rivals["published"]["hit_rate"][share], part["hit_rate"][share]
            bench.compare(
                f"live map, {name}: hit rate at {float(share):.0%} of street length",
                ours=live,
                peers={
                    "the tested forecast": forecast,
                    "decayed counts, best half-life in hindsight": rivals["decayed_counts"][
                        "hit_rate"
                    ][share],
                    "kde 150 m": rivals["kde"]["hit_rate"][share],
                },
                measure="share of incidents",
                better="higher",
                forecast_against_decayed=rivals["decayed_counts"]["difference"][share],
            )
            bench.bar(
                f"live map, {name}: hit rate at {float(share):.0%} against the tested forecast",
                round(live / forecast, 4),
                at_least=LIVE_PART,
            )


# ---------------------------------------------------------------------------------------------
# Speed


def _measure_speed(bench: Bench) -> None:
    events, decays = _many_events(bench.seed)
    sites = normalized(np.random.default_rng(bench.seed).random((SPEED_SEGMENTS, 24)))
    layers = {"incidents": 1.0, "sites": 0.3}
    kind_weight = np.linspace(1, 8, 8)
    smoothing, lift = _shaping(bench.seed)

    def one_hour() -> None:
        changed = incident_weights(events, 0, kind_weight, decays, np.ones(1))
        mix = mix_hours(hour_totals(events, changed), [20], 2, 0.5)
        shaping = Shaping(smoothing, lift[:, :1])
        blend(events, changed, mix, {"sites": sites[:, :1]}, layers, SPEED_SEGMENTS, shaping)

    def whole_day() -> None:
        changed = incident_weights(events, 0, kind_weight, decays, np.ones(1))
        mix = mix_hours(hour_totals(events, changed), list(range(24)), 2, 0.5)
        shaping = Shaping(smoothing, lift[:, :24])
        blend(events, changed, mix, {"sites": sites}, layers, SPEED_SEGMENTS, shaping)

    def whole_week() -> None:
        changed = incident_weights(events, 0, kind_weight, decays, np.ones(1))
        mix = mix_hours(hour_totals(events, changed), list(range(168)), 2, 0.5)
        week = {"incidents": 1.0}
        blend(events, changed, mix, {}, week, SPEED_SEGMENTS, Shaping(smoothing, lift))

    said = f"{SPEED_SEGMENTS} segments, {SPEED_EVENTS} incidents"
    for name, work, limit, unit in (
        ("one hour with reasons after a weight change", one_hour, MAP_MS, "ms"),
        ("24 hours with reasons after a weight change", whole_day, None, "ms"),
        ("all 168 hours", whole_week, WEEK_S * 1000, "ms"),
    ):
        took_ms = best_of(work, repeats=bench.repeats(7)).wall_s * 1000
        bench.figure(f"{name}, {said}", round(took_ms, 1), unit)
        if limit is not None:
            bench.bar(name, round(took_ms, 1), at_most=limit, measure=unit)


def _measure_growth(
    bench: Bench, values: Sequence[Incident], network: StreetNetwork, zone: ZoneInfo
) -> None:
    """What one more incident costs the arrays that the map is made from."""
    newest = max(value.time for value in values)
    with tempfile.TemporaryDirectory() as folder:
        db = Database(database_url("sqlite", Path(folder)))
        db.open()
        store = IncidentStore(db)
        store.add_incidents(values)
        kept = KeptIncidents()

        def look() -> None:
            columns = kept.refresh(store, network, SNAP_M, zone)
            kept.events(np.zeros(len(columns.ids), dtype=np.bool_))

        whole = best_of(look, repeats=1).cpu_s * 1000
        costs = []
        for minute in range(1, bench.repeats(7) + 1):
            late = replace(values[0], id=f"late {minute}", time=newest + timedelta(minutes=minute))
            store.add_incidents([late])
            costs.append(best_of(look, repeats=1).cpu_s * 1000)
        db.close()
    said = f"{len(values)} incidents on {network.segment_count} segments"
    bench.figure(f"reading and snapping {said}", round(whole, 1), "ms of processor")
    bench.figure("the same after one more incident", round(min(costs), 1), "ms of processor")
    bench.bar("one more incident against reading all", round(min(costs) / whole, 4), at_most=0.1)


def _many_events(seed: int) -> tuple[Events, list[Decay]]:
    rng = np.random.default_rng(seed)
    popularity = rng.pareto(1.2, SPEED_SEGMENTS) + 0.01
    kinds = tuple(f"kind {index}" for index in range(8))
    events = Events(
        time_s=-np.sort(rng.integers(0, 730 * 86_400, SPEED_EVENTS))[::-1],
        unit=rng.choice(SPEED_SEGMENTS, SPEED_EVENTS, p=popularity / popularity.sum()).astype(
            np.int32
        ),
        hour=rng.integers(0, 169, SPEED_EVENTS).astype(np.int16),
        kind=rng.integers(0, 8, SPEED_EVENTS).astype(np.int32),
        kinds=kinds,
        source=np.zeros(SPEED_EVENTS, dtype=np.int32),
        sources=("public",),
    )
    learned = Decay(np.array([14.0, 60.0, 365.0]), np.array([0.2, 0.3, 0.5]))
    return events, [learned, Decay.single(60.0)] * 4


def _shaping(seed: int) -> tuple[Smoothing, NDArray[np.float64]]:
    """Spreading along a long street, and a lift for every hour, as a map with ``auto`` has them."""
    at = np.arange(SPEED_SEGMENTS, dtype=np.int32)
    spread = street_spread(at, (at + 1) % SPEED_SEGMENTS, SPEED_SEGMENTS)
    lift = np.random.default_rng(seed).uniform(0.5, 2, (SPEED_SEGMENTS, 168))
    return Smoothing(spread, np.linspace(0, 0.6, 8)), lift


if __name__ == "__main__":
    run(
        "hotspots",
        measure,
        doc=__doc__,
        packages=("numpy", "scipy", "shapely"),
        add_arguments=add_arguments,
    )
