"""ONVIF devices: a camera tells which profiles it has and where the stream of one is played.

By the ONVIF Core and Media service descriptions (ver10): SOAP 1.2 over HTTP, signed by a
UsernameToken with a digest (OASIS WS-Security UsernameToken Profile 1.1, section 3.1). Only what
finds a stream is asked for. A device is believed paths, ports of RTSP and tokens, never hosts: what
it names is asked for at the host that the inventory names, as our password goes there.
"""

import asyncio
import base64
import hashlib
import logging
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

from patrol.camera.address import Address, check_address
from patrol.camera.gateway.api import number, text
from patrol.camera.http import http_get
from patrol.model.clock import Clock, system_clock
from patrol.model.errors import InputError, OutsideError

log = logging.getLogger(__name__)

ONVIF_SCHEME = "onvif"
DEVICE_PATH = "/onvif/device_service"
LARGEST_ANSWER = 1 << 20
ANSWER_S = 5.0

FAULTS = (200, 400, 500)
"""Statuses whose body is read: faults come with 400 or 500."""

LEAST_WIDTH_PX = 320
"""Of the profiles at least this wide the smallest is taken, unless the address names another."""

_CODECS = frozenset({"H264", "H265"})
_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA = "http://www.onvif.org/ver10/media/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_TYPES = {
    "digest": f"{_WSS}-username-token-profile-1.0#PasswordDigest",
    "base64": f"{_WSS}-soap-message-security-1.0#Base64Binary",
    "secext": f"{_WSS}-wssecurity-secext-1.0.xsd",
    "utility": f"{_WSS}-wssecurity-utility-1.0.xsd",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """One stream that a device offers; sizes are 0 where it tells none."""

    token: str
    name: str
    codec: str
    width_px: int
    height_px: int


class OnvifDevices:
    """Asks ONVIF devices for the addresses of their streams.

    Parameters
    ----------
    networks
        Where devices may be.
    clock
        The time of day.
    """

    def __init__(
        self, networks: Sequence[str] = ("127.0.0.0/8",), clock: Clock = system_clock
    ) -> None:
        self._networks = tuple(networks)
        self._clock = clock

    async def stream_address(self, url: str, credentials: tuple[str, str] | None = None) -> str:
        """The address of a device's stream now, without credentials.

        Parameters
        ----------
        url
            ``onvif://HOST[:PORT][/PATH][?profile=TOKEN]``.
        credentials
            User and password of the device.

        Raises
        ------
        InputError
            If the address is malformed or points where no camera may be.
        OutsideError
            If the device cannot be reached, refuses, or has no such stream.
        """
        device = await asyncio.to_thread(
            check_address, device_url(url), networks=self._networks, credentials=credentials
        )
        late = await self._clock_error(device)
        media = await self._media(device, late)
        answer = await self._ask(media, f'<GetProfiles xmlns="{_MEDIA}"/>', late)
        profile = choose_profile(read_profiles(answer), _wanted(url))
        setup = (
            f'<GetStreamUri xmlns="{_MEDIA}"><StreamSetup>'
            f'<Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>'
            f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
            f"<ProfileToken>{escape(profile.token)}</ProfileToken></GetStreamUri>"
        )
        told = _text_of(await self._ask(media, setup, late), "Uri")
        return _at_device(told, device)

    async def _clock_error(self, device: Address) -> timedelta:
        """How far the device's clock is ahead: digests of another time are refused."""
        ask = f'<GetSystemDateAndTime xmlns="{_DEVICE}"/>'
        try:
            answer = await self._ask(device, ask, None)
            return _told_time(answer) - self._clock()
        except (InputError, ValueError, RefusedError):
            # Some ask for a signature even here; they get our own time.
            log.debug("onvif %s does not tell its time", device.host)
            return timedelta()

    async def _media(self, device: Address, late: timedelta) -> Address:
        """The device's media service."""
        ask = f'<GetCapabilities xmlns="{_DEVICE}"><Category>Media</Category></GetCapabilities>'
        told = _text_of(await self._ask(device, ask, late), "XAddr")
        parts = urlsplit(told)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if not re.fullmatch(r"/[!-~]*", target):
            raise OutsideError(f"onvif {device.host}: its media service has no address")
        return Address(
            device.kind,
            device.shown,
            device.host,
            device.ip,
            device.port,
            target,
            device.secure,
            device.user,
            device.password,
        )

    async def _ask(self, service: Address, body: str, late: timedelta | None) -> Xml.Element:
        """Ask a service; signed where the clock's error is known."""
        signed = ""
        if service.user and late is not None:
            signed = username_token(service.user, service.password, self._clock() + late)
        envelope = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
            f"<s:Header>{signed}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        ).encode()
        headers = [("Content-Type", "application/soap+xml; charset=utf-8")]
        asked = re.match(r"<(\w+)", body)
        what = f"onvif {service.host}: {asked.group(1) if asked else ''}"
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                http_get(
                    service, ANSWER_S, headers=headers, posted=envelope, accepted=FAULTS
                ) as answer,
            ):
                found = _parse(await answer.body(LARGEST_ANSWER))
        except TimeoutError as error:
            raise OutsideError(f"{what}: no answer within {ANSWER_S:g} s") from error
        except InputError as error:
            raise OutsideError(f"{what}: {error}") from error
        except OutsideError as error:
            raise OutsideError(f"{what}: {error}") from error
        _check_fault(found, what, service.user)
        return found


class RefusedError(OutsideError):
    """The device answers with a fault."""


def device_url(url: str) -> str:
    """The HTTP address of the device that an ``onvif://`` address names."""
    parts = urlsplit(url)
    path = parts.path if parts.path not in {"", "/"} else DEVICE_PATH
    return f"http://{parts.netloc}{path}"


def username_token(user: str, password: str, now: datetime) -> str:
    """A signature by password digest: Base64(SHA-1(nonce + created + password))."""
    nonce, created = secrets.token_bytes(16), now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # The profile knows no other hash.
    digest = hashlib.sha1(
        nonce + created.encode() + password.encode(), usedforsecurity=False
    ).digest()
    return (
        f'<Security s:mustUnderstand="1" xmlns="{_TYPES["secext"]}"><UsernameToken>'
        f"<Username>{escape(user)}</Username>"
        f'<Password Type="{_TYPES["digest"]}">{base64.b64encode(digest).decode()}</Password>'
        f'<Nonce EncodingType="{_TYPES["base64"]}">{base64.b64encode(nonce).decode()}</Nonce>'
        f'<Created xmlns="{_TYPES["utility"]}">{created}</Created>'
        "</UsernameToken></Security>"
    )


def read_profiles(answer: Xml.Element) -> list[Profile]:
    """The profiles of an answer that have video."""
    found = []
    for node in _all(answer, "Profiles"):
        token = text(node.get("token"))
        encoders = list(_all(node, "VideoEncoderConfiguration"))
        if not token or not encoders:
            continue
        width, height = (number(_text_of(encoders[0], side)) or 0 for side in ("Width", "Height"))
        codec = _text_of(encoders[0], "Encoding").upper()
        found.append(Profile(token, _text_of(node, "Name"), codec, int(width), int(height)))
    return found


def choose_profile(profiles: Sequence[Profile], wanted: str = "") -> Profile:
    """The profile that is wanted by token or name, else the smallest that can be counted on.

    Raises
    ------
    OutsideError
        If there is none.
    """
    offered = ", ".join(
        f"{one.token} ({one.codec} {one.width_px}x{one.height_px})" for one in profiles
    )
    if wanted:
        named = [one for one in profiles if wanted in {one.token, one.name}]
        if not named:
            raise OutsideError(
                f"the camera has no profile {wanted} (there are: {offered or 'none'})"
            )
        return named[0]
    fit = [one for one in profiles if one.codec in _CODECS]
    if not fit:
        raise OutsideError(f"the camera offers {offered or 'no video'}; H264 or H265 is read")
    wide = [one for one in fit if one.width_px >= LEAST_WIDTH_PX]
    if wide:
        return min(wide, key=lambda one: one.width_px * one.height_px)
    return max(fit, key=lambda one: one.width_px * one.height_px)


def _wanted(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("profile", [""])[0]


def _at_device(told: str, device: Address) -> str:
    """The told address of a stream, at the device that told it."""
    try:
        parts = urlsplit(told)
        port = parts.port or 554
    except ValueError as error:
        raise OutsideError(f"onvif {device.host}: its stream has no address: {error}") from error
    if parts.scheme != "rtsp":
        raise OutsideError(f"onvif {device.host}: its stream is not RTSP: {parts.scheme or 'none'}")
    host = f"[{device.host}]" if ":" in device.host else device.host
    return f"rtsp://{host}:{port}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def _parse(body: bytes) -> Xml.Element:
    """Read an answer: UTF-8 without a document type, as whoever needs entities attacks.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        written = body.decode("utf-8-sig")
        if "<!DOCTYPE" in written or "<!ENTITY" in written:
            raise InputError("the answer has a document type")
        return Xml.fromstring(written)  # noqa: S314 - no document type, no entities
    except (UnicodeDecodeError, Xml.ParseError, ValueError) as error:
        raise InputError("the answer is no XML") from error


def _check_fault(answer: Xml.Element, what: str, user: str) -> None:
    faults = list(_all(answer, "Fault"))
    if not faults:
        return
    codes = " ".join(text(node.text) for node in _all(faults[0], "Value"))
    if "NotAuthorized" in codes or "FailedAuthentication" in codes:
        raise RefusedError(f"{what}: the camera refuses user {user or '(none)'}")
    why = _text_of(faults[0], "Text") or codes
    raise RefusedError(f"{what}: {why or 'a fault without a reason'}")


def _told_time(answer: Xml.Element) -> datetime:
    moment = next(_all(answer, "UTCDateTime"), None)
    if moment is None:
        raise InputError("no time is told")
    names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    year, month, day, hour, minute, second = (int(_text_of(moment, name)) for name in names)
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)


def _all(node: Xml.Element, name: str) -> Iterator[Xml.Element]:
    """All elements of a name below a node, whatever prefix and namespace a device gives them."""
    return (found for found in node.iter() if str(found.tag).rpartition("}")[2] == name)


def _text_of(node: Xml.Element, name: str) -> str:
    """The text of the first element of a name, on one line; empty where there is none."""
    found = next(_all(node, name), None)
    return text(found.text, 2_000) if found is not None else ""
