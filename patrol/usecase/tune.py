"""Tune the weights: read them, apply a change with a reason, go back to an earlier version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patrol.config.edit import config_digest, edit_config, locked
from patrol.config.load import Mistake, read_yaml
from patrol.config.schema import SWITCHED, SWITCHES, Hotspots
from patrol.model.account import WeightVersion
from patrol.model.errors import ConflictError, InputError
from patrol.model.event import EventKind
from patrol.usecase.services import Services
from patrol.usecase.weights import merge_weights, present_weights

BY_HAND = "config.yaml"
"""Who made a version that was found in the file."""
MAX_REASON = 500
KEPT_SHOWN = 50
"""How many versions are read with the weights; all are kept."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights in use and how they came about.

    ``version`` is the newest kept version, 0 where there is none; ``digest`` tells one state of
    the file from another; ``edited`` says that the file was changed by hand since that version;
    ``problems`` what is wrong with it, ``mistakes`` the same part by part. ``kinds`` counts the
    incidents of every kind.
    """

    version: int
    digest: str
    edited: bool
    problems: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    hotspots: Hotspots
    kinds: Mapping[str, int]
    history: tuple[WeightVersion, ...]


@dataclass(frozen=True, slots=True)
class WeightChange:
    """What a planner wants changed, seen at ``version`` (and ``digest``, where known)."""

    version: int
    partial: Mapping[str, Any]
    reason: str
    actor: str
    digest: str | None = None


def read_weights(services: Services) -> Weights:
    """The weights in use, their history, and which kinds of incidents there are."""
    present = present_weights(services)
    history = services.versions.list_versions(KEPT_SHOWN)
    newest = history[0] if history else None
    return Weights(
        version=newest.version if newest is not None else 0,
        digest=config_digest(services.config_path),
        edited=newest is not None and kept_weights(newest) != dump_weights(present.hotspots),
        problems=present.problems,
        mistakes=present.mistakes,
        hotspots=present.hotspots,
        kinds=services.incidents.list_kinds(),
        history=history,
    )


@dataclass(frozen=True, slots=True)
class WeightState:
    """What a page looks at now and then to see whether somebody else changed anything."""

    version: int
    digest: str
    problems: tuple[str, ...]
    mistakes: tuple[Mistake, ...]


def read_state(services: Services) -> WeightState:
    """Version, digest and mistakes of the file as it is now; cheap enough to ask every moment."""
    present = present_weights(services)
    return WeightState(
        version=services.versions.newest(),
        digest=config_digest(services.config_path),
        problems=present.problems,
        mistakes=present.mistakes,
    )


def dump_weights(hotspots: Hotspots) -> dict[str, Any]:
    """The section as JSON values, as versions keep it."""
    return hotspots.model_dump(mode="json")


def apply_weights(services: Services, change: WeightChange) -> WeightVersion:
    """Write the change to ``config.yaml``, keep it as a version, and tell everybody.

    What was edited by hand since the last version is kept as a version of its own first, so that
    going back never loses it.

    Raises
    ------
    ConflictError
        If somebody else changed the weights since they were read.
    InputError
        If a weight is out of range, the reason is missing, or the file is broken.
    """
    reason = change.reason.strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise InputError(f"reason must have 1 to {MAX_REASON} characters, got {len(reason)}")
    # File and version are two writes; nobody else may come between them.
    with locked(services.config.storage.data_dir):
        made = _write(services, change, reason)
    services.stream.publish(
        EventKind.WEIGHTS_CHANGED,
        {"version": made.version, "actor": made.actor, "reason": made.reason},
    )
    return made


def _write(services: Services, change: WeightChange, reason: str) -> WeightVersion:
    present = present_weights(services)
    if present.problems:
        raise InputError(
            f"{services.config_path.name} has mistakes; mend them first: {present.problems[0]}",
            present.problems,
        )
    digest = config_digest(services.config_path)
    newest = services.versions.newest()
    if change.version != newest:
        raise ConflictError(
            f"weights were changed by somebody else: version {newest} is the newest, your change "
            f"was based on {change.version}; read them again"
        )
    if change.digest is not None and change.digest != digest:
        raise ConflictError(
            f"{services.config_path.name} was edited since you read it; read the weights again"
        )
    merge_weights(present.hotspots, change.partial)  # says what is wrong before anything is written
    newest = _keep_edits(services, present.hotspots, newest)
    changes = {**_without_switches(services, present.hotspots), **change.partial}
    written = edit_config(services.config_path, {"hotspots": changes}, expected=digest)
    return services.versions.add_version(
        dump_weights(written.hotspots),
        actor=change.actor,
        reason=reason,
        at=services.clock(),
        after=newest,
    )


def _without_switches(services: Services, hotspots: Hotspots) -> dict[str, Any]:
    """What takes the switches of an older file out, and writes in their place what they meant.

    They would go before the values that are written now.
    """
    tree = read_yaml(services.config_path.read_bytes(), services.config_path.name) or {}
    if SWITCHES not in (tree.get("hotspots") or {}):
        return {}
    dumped = dump_weights(hotspots)
    return {SWITCHES: None} | {key: dumped[key] for key in SWITCHED}


def kept_weights(version: WeightVersion) -> dict[str, Any]:
    """A version's weights with the keys of today."""
    return dump_weights(Hotspots.model_validate(version.hotspots))


def _keep_edits(services: Services, hotspots: Hotspots, newest: int) -> int:
    """Keep what is in the file where no version has it; returns the newest version's number."""
    body = dump_weights(hotspots)
    if newest and kept_weights(services.versions.get_version(newest)) == body:
        return newest
    reason = "edited by hand" if newest else "as found when weights were first applied"
    made = services.versions.add_version(
        body, actor=BY_HAND, reason=reason, at=services.clock(), after=newest
    )
    return made.version


def rollback_weights(
    services: Services, to_version: int, *, version: int, reason: str, actor: str
) -> WeightVersion:
    """Go back to the weights of an earlier version, as a new version.

    Parameters
    ----------
    to_version
        The version whose weights to take.
    version
        The newest version as it was seen.

    Raises
    ------
    NotFoundError
        If there is no such version.
    ConflictError, InputError
        As :func:`apply_weights`.
    """
    wanted = kept_weights(services.versions.get_version(to_version))
    present = dump_weights(present_weights(services).hotspots)
    partial = difference(present, wanted)
    return apply_weights(
        services, WeightChange(version, partial, reason or f"back to version {to_version}", actor)
    )


def difference(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What has to be changed to get from one section to another; ``None`` takes an entry out."""
    changes: dict[str, Any] = {}
    for key in present.keys() | wanted.keys():
        if key not in wanted:
            changes[key] = None
        elif present.get(key) != wanted[key]:
            old, new = present.get(key), wanted[key]
            if isinstance(old, Mapping) and isinstance(new, Mapping):
                changes[key] = difference(old, new)
            else:
                changes[key] = new
    return changes
