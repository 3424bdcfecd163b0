"""Draw a year of reports from the made county's true risk, with the faults real files have."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from patrol.demo.drawing import Drawing, Point
from patrol.demo.places import BUREAU
from patrol.demo.truth import (
    HOT_PLACES,
    KINDS,
    YEAR_D,
    Floats,
    HotPlace,
    Streets,
    background_shares,
    hour_shares,
    place_shares,
)
from patrol.model.incident import Source

OFF_STREET_M = 6.0
"""Standard deviation of the distance from the street's middle: reports are given by house."""
BUREAU_SHARE = 0.012
"""Share of reports entered with the bureau's address, as in most files of this kind."""
NO_PLACE_SHARE = 0.01
REPEATED_SHARE = 0.004
SOURCES = {Source.PUBLIC: 0.88, Source.CAMERA: 0.03, Source.GUARD: 0.05, Source.PATROL: 0.04}


@dataclass(frozen=True, slots=True)
class Report:
    """One row of the file; ``at`` is ``None`` where nobody wrote down the place."""

    time: datetime
    at: Point | None
    kind: str
    address: str
    source: Source


@dataclass(frozen=True, slots=True)
class Pieces:
    """The drawing's streets cut at every node, with what an address is made of."""

    starts: Floats
    ends: Floats
    names: tuple[str, ...]
    streets: Streets


def list_pieces(drawing: Drawing) -> Pieces:
    """Cut all streets of a drawing at their nodes."""
    starts, ends, names, classes = [], [], [], []
    for way in drawing.ways:
        kind = way.tags.get("highway")
        if kind is None:
            continue
        for one, other in itertools.pairwise(way.nodes):
            starts.append(drawing.at(one))
            ends.append(drawing.at(other))
            names.append(way.tags.get("name", ""))
            classes.append(way.tags.get("service", kind))
    first, last = np.array(starts), np.array(ends)
    middle = (first + last) / 2
    length_m = np.hypot(*(last - first).T)
    return Pieces(
        first, last, tuple(names), Streets(middle[:, 0], middle[:, 1], length_m, tuple(classes))
    )


def draw_reports(pieces: Pieces, until: date, seed: int) -> list[Report]:
    """Draw the reports of the year before a day, oldest first.

    Parameters
    ----------
    pieces
        The county's streets.
    until
        The first local day without reports.
    seed
        The same seed draws the same reports.

    Returns
    -------
    reports
        Times are local and naive, as in the files that counties have.
    """
    rng = np.random.default_rng(seed)
    reports = list(_draw_background(pieces, until, rng))
    for place in HOT_PLACES:
        reports += _draw_place(pieces, place, until, rng)
    reports = [_spoil(report, rng) for report in reports]
    reports.sort(key=lambda report: (report.time, report.kind, report.address))
    repeated = rng.random(len(reports)) < REPEATED_SHARE
    return [
        report
        for report, twice in zip(reports, repeated, strict=True)
        for _ in range(2 if twice else 1)
    ]


def _draw_background(pieces: Pieces, until: date, rng: np.random.Generator) -> Iterator[Report]:
    shares = background_shares(pieces.streets)
    for kind in KINDS:
        days = rng.integers(0, int(YEAR_D), rng.poisson(kind.per_year))
        hours = hour_shares(kind.hours, kind.rest_share)
        yield from _reports(pieces, kind.name, (shares, hours), days, until, rng)


def _draw_place(
    pieces: Pieces, place: HotPlace, until: date, rng: np.random.Generator
) -> Iterator[Report]:
    shares, hours = place_shares(pieces.streets, place), hour_shares(place.hours)
    first, last = (int(share * YEAR_D) for share in place.span)
    open_days = np.arange(first, last)
    is_weekend = np.array(
        [(until - timedelta(days=int(YEAR_D) - int(day))).weekday() >= 5 for day in open_days]
    )
    weights = np.where(is_weekend, place.weekend_factor, 1.0)
    for kind, per_year in place.per_year.items():
        number = rng.poisson(per_year * (last - first) / YEAR_D)
        days = rng.choice(open_days, number, p=weights / weights.sum())
        yield from _reports(pieces, kind, (shares, hours), days, until, rng)


def _reports(
    pieces: Pieces,
    kind: str,
    shares: tuple[Floats, Floats],
    days: Sequence[int] | NDArray[np.int64],
    until: date,
    rng: np.random.Generator,
) -> Iterator[Report]:
    where = rng.choice(len(pieces.names), len(days), p=shares[0])
    hours = rng.choice(24, len(days), p=shares[1])
    sources = rng.choice(list(SOURCES), len(days), p=list(SOURCES.values()))
    first_day = datetime.combine(until, datetime.min.time()) - timedelta(days=int(YEAR_D))
    for day, piece, hour, source in zip(days, where, hours, sources, strict=True):
        along = rng.random()
        x, y = pieces.starts[piece] + along * (pieces.ends[piece] - pieces.starts[piece])
        at = (float(x + rng.normal(0, OFF_STREET_M)), float(y + rng.normal(0, OFF_STREET_M)))
        minutes = int(hour) * 60 + int(rng.integers(0, 60))
        time = first_day + timedelta(days=int(day), minutes=minutes)
        address = f"{pieces.names[piece]}{1 + int(along * 80)}号" if pieces.names[piece] else ""
        yield Report(time, at, kind, address, Source(source))


def _spoil(report: Report, rng: np.random.Generator) -> Report:
    """Enter some reports as people do: at the bureau's address, or without a place."""
    drawn = rng.random()
    if drawn < BUREAU_SHARE:
        return Report(report.time, BUREAU, report.kind, "县公安局", report.source)
    if drawn < BUREAU_SHARE + NO_PLACE_SHARE:
        return Report(report.time, None, report.kind, report.address, report.source)
    return report
