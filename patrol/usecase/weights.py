"""The weights as ``config.yaml`` has them now; the last good ones if it is broken.

Every process reads the file again when it changes, so that a weight applied on the planner's page
and a weight edited by hand both reach maps and plans without a restart.
"""

import logging
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from patrol.config.describe import find_allowed
from patrol.config.load import ConfigError, Mistake, key_path, load_config
from patrol.config.schema import Hotspots
from patrol.model.errors import InputError
from patrol.store.database import Database
from patrol.usecase.services import Services

log = logging.getLogger(__name__)

SETTLED_S = 0.1
"""Age of a file's last change from which its time tells it from the next one."""


@dataclass(frozen=True, slots=True)
class PresentWeights:
    """The section ``hotspots``; ``problems`` says what is wrong with the file, if anything is.

    ``mistakes`` are the same part by part, where the file could be read at all.
    """

    hotspots: Hotspots
    problems: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    stamp: tuple[int, int, int] | None = None
    present: PresentWeights | None = None


_kept: "weakref.WeakKeyDictionary[Database, _Kept]" = weakref.WeakKeyDictionary()
_kept_lock = threading.Lock()


def present_weights(services: Services) -> PresentWeights:
    """The weights that count now; a file that has become unusable keeps the last good ones."""
    with _kept_lock:
        kept = _kept.setdefault(services.db, _Kept())
    with kept.lock:
        stamp = _stamp(services)
        if kept.present is not None and kept.stamp == stamp:
            return kept.present
        last = kept.present.hotspots if kept.present is not None else services.config.hotspots
        try:
            kept.present = PresentWeights(load_config(services.config_path).hotspots)
        except InputError as error:
            problems = error.errors or (str(error),)
            log.warning(
                "%s cannot be used, the last good weights go on: %s",
                services.config_path.name,
                problems[0],
            )
            mistakes = error.mistakes if isinstance(error, ConfigError) else ()
            kept.present = PresentWeights(last, tuple(problems), mistakes)
        # Two changes within one tick of the file system's clock have one time: what was written
        # just now is read again until it has settled.
        age_s = services.clock().timestamp() - (stamp[0] / 1e9 if stamp else 0)
        kept.stamp = None if 0 <= age_s < SETTLED_S else stamp
        return kept.present


def _stamp(services: Services) -> tuple[int, int, int] | None:
    try:
        told = services.config_path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino


def merge_weights(present: Hotspots, partial: Mapping[str, Any]) -> Hotspots:
    """The present weights with some of them changed; ``None`` takes an entry of a map out.

    Raises
    ------
    InputError
        With one message for each mistake: key, value and what is allowed.
    """
    tree = _merged(present.model_dump(mode="json"), partial)
    try:
        return Hotspots.model_validate(tree)
    except ValidationError as error:
        mistakes = [
            _told(("hotspots", *map(str, key_path(item["loc"]))), item["msg"], item["input"])
            for item in error.errors(include_url=False)
        ]
        raise InputError(f"these weights cannot be used: {mistakes[0]}", mistakes) from None


def _told(path: tuple[str, ...], said: str, got: Any) -> str:
    allowed = find_allowed(path)
    limits = f", allowed {allowed}" if allowed else ""
    return f"{'.'.join(path)}: {said.removeprefix('Value error, ')}{limits} (got {got!r:.80})"


def _merged(base: Mapping[str, Any], partial: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in partial.items():
        known = merged.get(key)
        if value is None and isinstance(known, Mapping):
            del merged[key]
        elif isinstance(value, Mapping) and isinstance(known, Mapping):
            merged[key] = _merged(known, value)
        else:
            merged[key] = value
    return merged
