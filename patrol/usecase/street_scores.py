"""The map as numbers only, for a page that knows the streets already and changes weights quickly.

The streets of a county do not change while somebody tunes; only their scores do. So the lines go
over once, and each trial is one number a segment with the reasons of the few that are looked at.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from patrol.config.schema import Hotspots
from patrol.hotspot.blend import explain
from patrol.hotspot.events import Floats
from patrol.usecase.hotspot_inputs import MapInputs, map_inputs
from patrol.usecase.hotspot_map import HotspotMap, build_hour_map
from patrol.usecase.services import Services
from patrol.usecase.weights import present_weights

_PLACES = 5
"""Decimals of a degree: a meter, less than a street is wide."""
_DIGITS = 5
"""Decimals of a score, of which 1 is an average segment."""


@dataclass(frozen=True, slots=True)
class StreetScores:
    """Scores of all segments at one hour, in the order of :func:`street_columns`.

    ``streets`` names the streets that they belong to; ``reasons`` tells by segment what its score
    is made of.
    """

    at: datetime
    streets: str
    scores: Floats
    reasons: dict[int, list[dict[str, Any]]]


def streets_tag(services: Services) -> str:
    """What tells one state of streets and towns from another."""
    return _tag(map_inputs(services, present_weights(services).hotspots))


def _tag(inputs: MapInputs) -> str:
    towns = "|".join(f"{town.id}:{town.name}" for town in inputs.towns)
    towns_of = inputs.segment_town.tobytes()
    seen = hashlib.sha256(f"{inputs.network.digest}|{towns}|".encode() + towns_of)
    return seen.hexdigest()[:20]


def street_columns(services: Services) -> dict[str, Any]:
    """Every segment's line, name, length and town, column by column; weights do not change it.

    ``lines`` holds lon, lat, lon, lat, ... of each segment; ``town`` an index into ``towns``, -1
    where a segment is in none.

    Raises
    ------
    NotFoundError
        If no streets are imported yet.
    """
    inputs = map_inputs(services, present_weights(services).hotspots)
    network = inputs.network
    return {
        "streets": _tag(inputs),
        "ids": list(network.seg_id),
        "names": [
            name or name_en
            for name, name_en in zip(network.seg_name, network.seg_name_en, strict=True)
        ],
        "length_m": np.round(network.seg_length_m, 1).tolist(),
        "town": inputs.segment_town.tolist(),
        "towns": [{"id": town.id, "name": town.name} for town in inputs.towns],
        "lines": [
            np.round(network.segment_line(index), _PLACES).ravel().tolist()
            for index in range(network.segment_count)
        ],
    }


def score_streets(
    services: Services, at: datetime, weights: Hotspots | None, explained: Sequence[str], top: int
) -> StreetScores:
    """Scores with these weights (``None``: the configured ones).

    Parameters
    ----------
    explained
        Ids of segments whose reasons are wanted besides those of the ``top`` highest.

    Raises
    ------
    NotFoundError
        If no streets are imported yet.
    """
    made = build_hour_map(services, at, weights=weights)
    scores = made.scores
    highest = np.argsort(-scores, kind="stable")[:top]
    asked = (made.network.find_segment(name) for name in explained)
    wanted = [*highest.tolist(), *(index for index in asked if index is not None)]
    return StreetScores(
        at=at,
        streets=_tag(made.inputs),
        scores=np.round(scores, _DIGITS),
        reasons={index: _reasons(made, index) for index in wanted},
    )


def _reasons(made: HotspotMap, index: int) -> list[dict[str, Any]]:
    return [
        {"layer": part.layer, "kind": part.kind, "share": round(part.share, 4)}
        for part in explain(made.made, index)
    ]
