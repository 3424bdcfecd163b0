"""A small ONVIF device: it answers as the service descriptions say, and checks signatures."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as Xml

from tests.integration.camera.http_server import QuietHandler, answering

USER, PASSWORD = "ou", "see&<me>"

PROFILES = (("main", "主码流", "H264", 1920, 1080), ("sub", "子码流", "H264", 320, 240))
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"'
    ' xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:ter="http://www.onvif.org/ver10/error">'
)


@dataclass(slots=True)
class OnvifServer:
    """What the device has, and what it was asked."""

    netloc: str = ""
    rtsp: str = "rtsp://10.9.9.9:{port}/{token}?start={n}"
    """What it tells of a stream; the host is one that nobody reaches, as behind a router."""
    rtsp_port: int = 554
    profiles: tuple[tuple[str, str, str, int, int], ...] = PROFILES
    ahead: timedelta = timedelta(hours=8)
    """Its clock is set to local time, as that of many is."""
    media: str = "http://10.9.9.9/onvif/media_service"
    raw: bytes | None = None
    status: int = 200
    redirect: str = ""
    starts: int = 0
    asked: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """One answer: status and body."""
        root = Xml.fromstring(body)  # noqa: S314 - our own client asks
        request = next(node for node in root.iter() if node.tag.endswith("}Body"))[0]
        name = request.tag.rpartition("}")[2]
        self.asked.append(name)
        if name == "GetSystemDateAndTime":
            return 200, self._wrapped(self._time())
        if not self._is_signed(root):
            return 400, self._fault("ter:NotAuthorized", "Sender not Authorized")
        if name == "GetCapabilities" and path == "/onvif/device_service":
            media = f"<tt:Media><tt:XAddr>{self.media}</tt:XAddr></tt:Media>"
            return 200, self._wrapped(
                f"<tds:GetCapabilitiesResponse><tds:Capabilities>{media}</tds:Capabilities>"
                "</tds:GetCapabilitiesResponse>"
            )
        if path != "/onvif/media_service":
            return 500, self._fault("ter:ActionNotSupported", "no such service")
        if name == "GetProfiles":
            return 200, self._wrapped(self._profiles())
        return self._stream(_text(request, "ProfileToken"))

    def _stream(self, token: str) -> tuple[int, bytes]:
        if token not in {profile[0] for profile in self.profiles}:
            return 400, self._fault("ter:NoProfile", "Profile Not Exist")
        self.starts += 1
        uri = self.rtsp.format(port=self.rtsp_port, token=token, n=self.starts)
        return 200, self._wrapped(
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri>"
            "</trt:GetStreamUriResponse>"
        )

    def _is_signed(self, root: Xml.Element) -> bool:
        nonce, created = _text(root, "Nonce"), _text(root, "Created")
        if not nonce or nonce in self.used or _text(root, "Username") != USER:
            return False
        self.used.add(nonce)
        made = hashlib.sha1(  # noqa: S324 - the profile knows no other
            base64.b64decode(nonce) + created.encode() + PASSWORD.encode()
        )
        apart = datetime.fromisoformat(created) - (datetime.now(UTC) + self.ahead)
        right = _text(root, "Password") == base64.b64encode(made.digest()).decode()
        return right and abs(apart) < timedelta(minutes=5)

    def _time(self) -> str:
        now = datetime.now(UTC) + self.ahead
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
            f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
            f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
            f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date>"
            "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _profiles(self) -> str:
        rows = "".join(
            f'<trt:Profiles token="{token}" fixed="true"><tt:Name>{name}</tt:Name>'
            f'<tt:VideoEncoderConfiguration token="v{token}"><tt:Encoding>{codec}</tt:Encoding>'
            f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height>"
            "</tt:Resolution></tt:VideoEncoderConfiguration></trt:Profiles>"
            for token, name, codec, width, height in self.profiles
        )
        return f"<trt:GetProfilesResponse>{rows}</trt:GetProfilesResponse>"

    def _fault(self, code: str, why: str) -> bytes:
        return self._wrapped(
            "<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value>"
            f"<SOAP-ENV:Subcode><SOAP-ENV:Value>{code}</SOAP-ENV:Value></SOAP-ENV:Subcode>"
            f'</SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">{why}</SOAP-ENV:Text>'
            "</SOAP-ENV:Reason></SOAP-ENV:Fault>"
        )

    def _wrapped(self, body: str) -> bytes:
        whole = f"{_HEAD}<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
        return whole.encode()


def _text(root: Xml.Element, name: str) -> str:
    return next((node.text or "" for node in root.iter() if node.tag.endswith(f"}}{name}")), "")


@contextmanager
def onvif_server() -> Iterator[OnvifServer]:
    """Run it on a free port of loopback."""
    state = OnvifServer()

    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = state.answer(self.path, body)
            if state.raw is not None:
                status, answer = state.status, state.raw
            self.reply(status, "application/soap+xml; charset=utf-8", answer, state.redirect)

    with answering(Handler) as port:
        state.netloc = f"127.0.0.1:{port}"
        yield state
