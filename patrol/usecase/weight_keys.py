"""What there is to tune: every key of ``hotspots`` with its measure and range, for a page to show.

It is read from the schema, so that a key that is added there is on the planner's page at once.
"""

from dataclasses import replace

from patrol.config.describe import ANY_KEY, Key, list_keys
from patrol.config.schema import MOST_PATROL_SHARE, SOURCE_SHARES
from patrol.model.incident import Source

SECTION = "hotspots"


def list_weight_keys() -> list[Key]:
    """Every key below ``hotspots`` without that word; sources one by one.

    ``kinds.<name>.weight`` stands for the kinds that the county names.
    """
    found: list[Key] = []
    for key in list_keys():
        if key.path[0] != SECTION:
            continue
        inner = replace(key, path=key.path[1:])
        if inner.path == ("sources",):
            found += [_source_key(inner, source) for source in Source]
        elif inner.kind != "map" or ANY_KEY in inner.path:
            found.append(inner)
    return found


def _source_key(key: Key, source: Source) -> Key:
    high = MOST_PATROL_SHARE if source is Source.PATROL else 1.0
    return replace(
        key,
        path=(*key.path, source.value),
        allowed=f"[0, {high:g}]",
        kind="number",
        default=SOURCE_SHARES[source],
        low=0.0,
        high=high,
    )
