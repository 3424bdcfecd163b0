"""Import streets: read a file, keep its network, say what changed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from patrol.read.osm import Progress, StreetImport, read_streets
from patrol.routing.streets import MODE_ACCESS, StreetNetwork
from patrol.store.streets import StreetStore


@dataclass(frozen=True, slots=True)
class StreetsReport:
    """What an import read and what it changed; segments are told apart by id."""

    read: int
    kept: int
    refused: dict[str, int]
    warnings: tuple[str, ...]
    segments: int
    added: int
    changed: int
    removed: int
    unchanged: int
    km_by_mode: dict[str, float]


def import_streets(
    streets: StreetStore, path: Path, segment_m: float, progress: Progress | None = None
) -> StreetsReport:
    """Replace the county's streets by those of a file; the same file again changes nothing.

    Parameters
    ----------
    streets
        Where the network is kept.
    path
        An OpenStreetMap file.
    segment_m
        Longest street segment, > 0.
    progress
        Told what is being done.

    Raises
    ------
    InputError
        If the file cannot be read whole or holds no street; what was kept before stays.
    OutsideError
        If the data folder cannot be written.
    """
    found = read_streets(path, segment_m, progress)
    before = streets.find_readable()
    if before is None or before.digest != found.network.digest:
        streets.save_network(found.network)
    return _report(found, before)


def _report(found: StreetImport, before: StreetNetwork | None) -> StreetsReport:
    now = found.network
    old = _rows(before) if before is not None else {}
    new = _rows(now)
    common = new.keys() & old.keys()
    changed = sum(new[key] != old[key] for key in common)
    return StreetsReport(
        read=found.read,
        kept=found.kept,
        refused=found.refused,
        warnings=found.warnings,
        segments=now.segment_count,
        added=len(new) - len(common),
        changed=changed,
        removed=len(old) - len(common),
        unchanged=len(common) - changed,
        km_by_mode={
            str(mode): float(now.seg_length_m[_open(now, int(forward | back))].sum()) / 1_000
            for mode, (forward, back) in MODE_ACCESS.items()
        },
    )


def _open(network: StreetNetwork, bits: int) -> NDArray[np.bool_]:
    usable: NDArray[np.bool_] = (network.seg_access & bits) != 0
    return usable


def _rows(network: StreetNetwork) -> dict[str, tuple[object, ...]]:
    """What is compared of each segment, by id."""
    values = zip(
        network.seg_name,
        network.seg_name_en,
        network.seg_class.tolist(),
        network.seg_access.tolist(),
        network.seg_lit.tolist(),
        network.seg_maxspeed_kmh.tolist(),
        network.seg_rough.tolist(),
        network.seg_length_m.tolist(),
        strict=True,
    )
    return dict(zip(network.seg_id, values, strict=True))
