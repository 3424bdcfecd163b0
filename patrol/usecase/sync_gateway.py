"""What a GB/T 28181 gateway has and the inventory does not, and taking over what one picks."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from patrol.camera.gateway.channel import Channel
from patrol.camera.gateway.resolve import GATEWAY_SCHEME, make_resolvers
from patrol.model.camera import LONGEST_NAME, Camera
from patrol.model.errors import ConflictError, InputError
from patrol.model.place import Place
from patrol.usecase.access import Caller
from patrol.usecase.cameras import add_camera, digest_of, replace_seen, switch_camera
from patrol.usecase.import_tables import with_towns
from patrol.usecase.services import Services

MOVED_M = 1.0
"""A place that differs by less is the same: gateways round theirs."""
MOST_PICKED = 2_000


class Finding(StrEnum):
    """How a channel and the inventory differ."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ChannelFinding:
    """One channel of a gateway, or one camera that the gateway no longer has.

    ``key`` names it among the findings; ``camera`` is the inventory's, ``wanted`` what taking it
    over makes of it; both are ``None`` where there is none, as ``wanted`` is of a channel that
    tells no place. ``fields`` are those that change.
    """

    key: str
    finding: Finding
    name: str
    online: bool
    camera: Camera | None
    wanted: Camera | None
    fields: tuple[str, ...] = ()


def list_gateways(services: Services) -> tuple[str, ...]:
    """Names of the gateways of the configuration."""
    return tuple(gateway.name for gateway in services.config.cameras.gateways)


def compare_gateway(services: Services, gateway: str) -> tuple[ChannelFinding, ...]:
    """Ask a gateway for its channels and compare them with the inventory.

    Raises
    ------
    InputError
        If no gateway has this name.
    OutsideError
        If the gateway does not answer.
    """
    resolvers = make_resolvers(services.config.cameras, services.secrets.find)
    channels = asyncio.run(resolvers.list_channels(gateway))
    return compare(services, gateway, channels)


def compare(
    services: Services, gateway: str, channels: Sequence[Channel]
) -> tuple[ChannelFinding, ...]:
    """The findings about these channels: new, changed and gone ones, then the same."""
    ours = {
        camera.url: camera
        for camera in services.cameras.list_cameras()
        if camera.url.startswith(f"{GATEWAY_SCHEME}://{gateway}/")
    }
    there = {channel.url: channel for channel in channels}
    found = [_judge(gateway, channel, ours.get(url)) for url, channel in there.items()]
    found += [
        ChannelFinding(camera.url, Finding.GONE, camera.name, False, camera, None)
        for url, camera in ours.items()
        if url not in there and camera.enabled
    ]
    wanted = iter(with_towns(services, [one.wanted for one in found if one.wanted is not None]))
    placed = [one if one.wanted is None else replace(one, wanted=next(wanted)) for one in found]
    order = list(Finding)
    return tuple(sorted(placed, key=lambda one: (order.index(one.finding), one.key)))


def _judge(gateway: str, channel: Channel, camera: Camera | None) -> ChannelFinding:
    name = channel.name[:LONGEST_NAME] or channel.id
    if camera is None:
        made = None if channel.place is None else _new_camera(gateway, channel, name, channel.place)
        return ChannelFinding(channel.url, Finding.NEW, name, channel.online, None, made)
    wanted = replace(
        camera,
        name=name,
        place=_place(channel.place, camera.place),
        heading_deg=camera.heading_deg if channel.heading_deg is None else channel.heading_deg,
    )
    changed = tuple(
        field
        for field in ("name", "place", "heading_deg")
        if getattr(wanted, field) != getattr(camera, field)
    )
    finding = Finding.CHANGED if changed else Finding.SAME
    return ChannelFinding(channel.url, finding, name, channel.online, camera, wanted, changed)


def _new_camera(gateway: str, channel: Channel, name: str, place: Place) -> Camera:
    # National codes are unique by themselves; other names only within their gateway.
    plain = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in channel.id)
    camera_id = plain if plain.isdecimal() and len(plain) == 20 else f"{gateway}-{plain}"
    return Camera(
        id=camera_id[:64], name=name, place=place, url=channel.url, heading_deg=channel.heading_deg
    )


def _place(told: Place | None, known: Place) -> Place:
    return known if told is None or told.distance_m(known) < MOVED_M else told


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking over did: ids by what was done, and what could not be done with the reason."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    disabled: tuple[str, ...]
    failed: tuple[str, ...]


def take_over(services: Services, caller: Caller, gateway: str, picked: Collection[str]) -> Taken:
    """Ask the gateway again and take over the picked findings, each audited as if by hand.

    What is gone is switched off and stays in the inventory, with its counts.

    Raises
    ------
    InputError
        If too many are picked.
    """
    if len(picked) > MOST_PICKED:
        raise InputError(f"at most {MOST_PICKED} at once, got {len(picked)}")
    done: dict[Finding, list[str]] = {finding: [] for finding in Finding}
    failed: list[str] = []
    for one in compare_gateway(services, gateway):
        if one.key not in picked:
            continue
        try:
            done[one.finding].append(_take(services, caller, one))
        except InputError as error:
            failed.append(f"{one.name}: {error}")
    return Taken(
        tuple(done[Finding.NEW]),
        tuple(done[Finding.CHANGED]),
        tuple(done[Finding.GONE]),
        tuple(failed),
    )


def _take(services: Services, caller: Caller, one: ChannelFinding) -> str:
    if one.finding is Finding.GONE and one.camera is not None:
        return switch_camera(services, caller, one.camera.id, enabled=False).id
    if one.wanted is None:
        raise ConflictError("the gateway tells no place; add it by hand with this address")
    if one.camera is None:
        return add_camera(services, caller, one.wanted)[0].id
    changed = replace_seen(services, caller, "camera.synced", digest_of(one.camera), one.wanted)
    return changed.id
