"""Keep the inventory of cameras: add, change, switch, draw rules; each change is audited and told.

A change names the form of the camera that it was based on, so that of two people who edit one
camera the second hears of the first instead of undoing the work.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from patrol.camera.address import check_address
from patrol.camera.gateway.onvif import ONVIF_SCHEME, device_url
from patrol.camera.gateway.resolve import GATEWAY_SCHEME
from patrol.model.account import AuditEntry
from patrol.model.camera import Camera, Rule
from patrol.model.errors import ConflictError, InputError, OutsideError
from patrol.model.event import EventKind
from patrol.store.rows import to_json
from patrol.usecase.access import Caller
from patrol.usecase.dispatch import find_town
from patrol.usecase.services import Services

DIGEST_LENGTH = 16


def digest_of(camera: Camera) -> str:
    """A name for this form of a camera: it changes with every field."""
    return hashlib.sha256(to_json(camera).encode()).hexdigest()[:DIGEST_LENGTH]


def check_feed(services: Services, camera: Camera) -> tuple[str, ...]:
    """Refuse an address that no worker would open; what may still come right is a warning.

    Raises
    ------
    InputError
        If the address is malformed, or points where a camera may not be.
    """
    config = services.config.cameras
    warnings: list[str] = []
    if camera.url.lower().startswith(f"{GATEWAY_SCHEME}:"):
        _check_gateway(services, camera.url)
    else:
        onvif = camera.url.lower().startswith(f"{ONVIF_SCHEME}:")
        url = device_url(camera.url) if onvif else camera.url
        try:
            check_address(url, networks=config.allowed_networks, file_dir=config.file_dir)
        except OutsideError as error:
            warnings.append(str(error))
    if camera.secret is not None and services.secrets.find(camera.secret) is None:
        warnings.append(
            f"secret {camera.secret} is not known on this machine; "
            f"set PATROL_SECRET_{camera.secret.upper()}"
        )
    return tuple(warnings)


def _check_gateway(services: Services, url: str) -> None:
    known = [gateway.name for gateway in services.config.cameras.gateways]
    name = urlsplit(url).hostname or ""
    if name not in known:
        there = ", ".join(known) or "none"
        raise InputError(f"cameras.gateways has no {name!r} (there are: {there})")


def add_camera(
    services: Services, caller: Caller, camera: Camera
) -> tuple[Camera, tuple[str, ...]]:
    """Put a camera into the inventory, with the town it lies in; also says what to look at.

    Raises
    ------
    ConflictError
        If the id is taken.
    """
    warnings = check_feed(services, camera)
    camera = _with_town(services, camera)
    if not services.cameras.add_camera(camera):
        raise ConflictError(f"camera {camera.id} exists already; choose another id")
    _note(services, caller, "camera.added", None, camera)
    return camera, warnings


def change_camera(
    services: Services, caller: Caller, digest: str, camera: Camera
) -> tuple[Camera, tuple[str, ...]]:
    """Rewrite a camera that was seen in the form of this digest.

    Raises
    ------
    NotFoundError
        If there is none of this id.
    ConflictError
        If it is not as it was seen.
    """
    warnings = check_feed(services, camera)
    return replace_seen(services, caller, "camera.changed", digest, _with_town(services, camera)), (
        warnings
    )


def change_rules(
    services: Services,
    caller: Caller,
    camera_id: str,
    digest: str,
    rules: Sequence[Rule],
    size_px: tuple[int, int] | None = None,
) -> Camera:
    """Take over the rules that somebody drew, and the size of the picture they were drawn on."""
    camera = services.cameras.get_camera(camera_id)
    drawn = replace(camera, rules=tuple(rules), size_px=size_px or camera.size_px)
    return replace_seen(services, caller, "camera.rules", digest, drawn)


def switch_camera(services: Services, caller: Caller, camera_id: str, *, enabled: bool) -> Camera:
    """Switch a camera on or off; doing it twice changes nothing."""
    camera = services.cameras.get_camera(camera_id)
    if camera.enabled is enabled:
        return camera
    action = "camera.enabled" if enabled else "camera.disabled"
    return replace_seen(
        services, caller, action, digest_of(camera), replace(camera, enabled=enabled)
    )


def replace_seen(
    services: Services, caller: Caller, action: str, digest: str, camera: Camera
) -> Camera:
    """Rewrite a camera that is still in the form of this digest; audited and told as ``action``.

    Raises
    ------
    ConflictError
        If it is not.
    """
    seen = services.cameras.get_camera(camera.id)
    if digest_of(seen) != digest or not services.cameras.replace_camera(seen, camera):
        raise ConflictError(f"somebody else changed camera {camera.id} meanwhile; load it again")
    if seen != camera:
        _note(services, caller, action, seen, camera)
    return camera


def _with_town(services: Services, camera: Camera) -> Camera:
    """The camera with the town that it stands in; where it stands in none, as it says itself."""
    town_id = find_town(services.towns.list_towns(), camera.place)
    return replace(camera, town_id=town_id or camera.town_id)


def _note(
    services: Services, caller: Caller, action: str, before: Camera | None, after: Camera
) -> None:
    services.audit.add(
        AuditEntry(
            at=services.clock(),
            actor=caller.name,
            action=action,
            object=after.id,
            role="" if caller.role is None else caller.role.value,
            address=caller.address,
            before="" if before is None else digest_of(before),
            after=digest_of(after),
        )
    )
    tell_camera(services, after.id)


def tell_camera(services: Services, camera_id: str) -> None:
    """Tell maps and pages that a camera of the inventory changed."""
    services.stream.publish(EventKind.CAMERA_CHANGED, {"camera_id": camera_id})
