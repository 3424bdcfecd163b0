"""An RTSP client (RFC 2326) for one camera: TCP only, no redirects, time-outs on every wait.

Our own, because FFmpeg's follows a camera's redirect to any host (checked 2026-11 with PyAV 18.1
and a whitelist of rtsp,tcp), notices a silent camera only after twice its time-out, and holds a
thread and a container for each feed. Decoding stays with FFmpeg.
"""

import asyncio
import base64
import binascii
import hashlib
import logging
import re
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from patrol.camera.address import Address
from patrol.camera.rtp import Depacketizer, EncodedPicture
from patrol.model.errors import OutsideError

log = logging.getLogger(__name__)

LARGEST_ANSWER = 64 * 1024
GATHER_S = 0.16
"""How long packets gather before they are read: less than the time between two looks."""

LAGS_BYTES = LARGEST_ANSWER
"""A read of this size was not all that had come."""

LATE_S = 0.25
"""A timer that comes later than this tells of our own load, not of the camera's silence."""
_CODECS = {"H264": "h264", "H265": "hevc", "HEVC": "hevc"}
_MESSAGES = {b"RTSP", b"GET_", b"SET_", b"OPTI", b"ANNO"}
_AGENT = "patrol"


@dataclass(frozen=True, slots=True)
class VideoStream:
    """What a camera offers: codec, its parameter sets (Annex B) and where to ask for it."""

    codec: str
    parameter_sets: bytes
    clock_hz: int
    control: str


@dataclass(slots=True)
class _Reply:
    status: int
    headers: dict[str, str]
    challenges: list[str]
    body: str


@dataclass(slots=True)
class RtspSession:
    """One playing connection; use :func:`open_session` and close it in the end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    address: Address
    timeout_s: float
    stream: VideoStream = field(default_factory=lambda: VideoStream("h264", b"", 90_000, ""))
    _sequence: int = 0
    _session: str = ""
    _keep_alive_s: float = 30.0
    _challenge: str = ""
    packet_s: float = 0.0
    _stalled: bool = False
    _watching: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Ask for the stream and have it played.

        Raises
        ------
        OutsideError
            If the camera refuses, redirects, or offers no video that we read.
        """
        url = self.address.url
        reply = await self._ask("DESCRIBE", url, {"Accept": "application/sdp"})
        base = reply.headers.get("content-base") or reply.headers.get("content-location") or url
        self.stream = parse_description(reply.body, base if "://" in base else url)
        transport = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"}
        reply = await self._ask("SETUP", self.stream.control, transport)
        name, _, options = reply.headers.get("session", "").partition(";")
        self._session = name.strip()
        told = re.search(r"timeout=(\d+)", options)
        # Asked twice within the camera's own time-out, at least every 30 s.
        self._keep_alive_s = max(2.0, min(60.0, float(told.group(1)) if told else 60.0) / 2)
        await self._ask("PLAY", base if "://" in base else url, {"Range": "npt=0.000-"})

    async def pictures(self) -> AsyncGenerator[EncodedPicture]:
        """Give the pictures as they are completed.

        Raises
        ------
        OutsideError
            If no packet of the video arrives for the time-out, or the stream is damaged.
        """
        depacketizer = Depacketizer(self.stream.codec)
        loop = asyncio.get_running_loop()
        asked_s = self.packet_s = loop.time()
        self._watching = loop.call_later(self.timeout_s, self._watch)
        buffer = bytearray()
        try:
            while True:
                # Whatever has come is taken at once: waiting for each packet by itself costs more
                # than decoding does.
                chunk = await self.reader.read(LARGEST_ANSWER)
                if not chunk:
                    raise OutsideError(self._why_ended())
                buffer += chunk
                now_s = loop.time()
                for packet in take_packets(buffer):
                    # Only pictures keep a feed alive; answers and reports do not.
                    self.packet_s = now_s
                    for picture in depacketizer.feed(packet):
                        yield picture
                if now_s - asked_s > self._keep_alive_s:
                    asked_s = now_s
                    self._send("GET_PARAMETER", self.address.url, {})
                await self._gather(len(chunk))
        except OSError as error:
            raise OutsideError(self._why_ended()) from error
        finally:
            if self._watching is not None:
                self._watching.cancel()

    async def _gather(self, taken: int) -> None:
        """Let packets gather in the system's buffer while the camera keeps pace.

        Waking for each packet costs a fifth of what decoding does; a few pictures in a row are
        decoded from a warm cache as well. Who lags, as at the start, is read at once.
        """
        if taken >= LAGS_BYTES:
            return
        transport = self.writer.transport
        if isinstance(transport, asyncio.Transport) and not transport.is_closing():
            transport.pause_reading()
            await asyncio.sleep(GATHER_S)
            if not transport.is_closing():
                transport.resume_reading()

    def _why_ended(self) -> str:
        if self._stalled:
            return f"no packet for {self.timeout_s:g} s"
        return "the camera closed the connection"

    def _watch(self, due_s: float = 0.0) -> None:
        """Cut a silent connection; one timer a feed costs less than a time-out a packet."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        end_s = self.packet_s + self.timeout_s
        if due_s and now_s - due_s > LATE_S:
            # We were busy ourselves: packets may lie unread, and are read before the next look.
            end_s = max(end_s, now_s + LATE_S)
        if end_s > now_s:
            self._watching = loop.call_later(end_s - now_s, self._watch, end_s)
        else:
            self._stalled = True
            self.writer.transport.abort()

    async def close(self) -> None:
        """Say good-bye and cut the connection; never waits for the camera."""
        if self._session and not self.writer.is_closing():
            self._send("TEARDOWN", self.address.url, {})
        self.writer.transport.abort()

    def _send(self, method: str, url: str, headers: dict[str, str]) -> None:
        self._sequence += 1
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {_AGENT}"]
        if self._session:
            lines.append(f"Session: {self._session}")
        if self._challenge:
            lines.append("Authorization: " + authorize(self._challenge, method, url, self.address))
        lines.extend(f"{name}: {value}" for name, value in headers.items())
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8"))

    async def _ask(self, method: str, url: str, headers: dict[str, str]) -> _Reply:
        for attempt in (1, 2):
            self._send(method, url, headers)
            reply = await self._read_reply()
            if reply.status == 401 and attempt == 1 and reply.challenges and self.address.user:
                self._challenge = best_challenge(reply.challenges)
                continue
            break
        if reply.status in {401, 403}:
            raise OutsideError(f"the camera refuses user {self.address.user or '(none)'}")
        if 300 <= reply.status < 400:
            raise OutsideError("the camera redirects elsewhere; redirects are not followed")
        if reply.status != 200:
            raise OutsideError(f"the camera answers {method} with {reply.status}")
        return reply

    async def _read_reply(self) -> _Reply:
        while True:
            head = await self.reader.readexactly(4)
            if head[0] == 0x24:
                await self.reader.readexactly(head[2] << 8 | head[3])
                continue
            if head != b"RTSP":
                raise OutsideError("the other side does not speak RTSP")
            return _parse_reply(*await _read_rest(self.reader, head))


def take_packets(buffer: bytearray) -> list[bytes]:
    """Take the whole video packets from the beginning of a buffer; answers between are dropped.

    Raises
    ------
    OutsideError
        If what comes is neither a packet nor an answer.
    """
    packets = []
    at, end = 0, len(buffer)
    while end - at >= 4:
        if buffer[at] == 0x24:
            length = buffer[at + 2] << 8 | buffer[at + 3]
            if end - at < 4 + length:
                break
            if buffer[at + 1] == 0:
                packets.append(bytes(buffer[at + 4 : at + 4 + length]))
            at += 4 + length
            continue
        length = _answer_length(buffer, at)
        if length == 0:
            break
        at += length
    del buffer[:at]
    return packets


def _answer_length(buffer: bytearray, at: int) -> int:
    """Length of the answer that begins here; 0 while it is not whole."""
    if bytes(buffer[at : at + 4]) not in _MESSAGES:
        raise OutsideError("the stream is damaged: neither a packet nor an answer")
    head_end = buffer.find(b"\r\n\r\n", at)
    if head_end < 0:
        if len(buffer) - at > LARGEST_ANSWER:
            raise OutsideError("the camera's answer has no end")
        return 0
    length = head_end + 4 - at + _told_length(bytes(buffer[at:head_end]).decode("latin-1"))
    return length if len(buffer) - at >= length else 0


async def open_session(address: Address, timeout_s: float) -> RtspSession:
    """Connect to a camera and start its stream.

    Raises
    ------
    OutsideError
        If the camera cannot be reached in time, refuses, or offers no video that we read.
    """
    writer = None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(
                address.ip, address.port, limit=LARGEST_ANSWER
            )
            session = RtspSession(reader, writer, address, timeout_s)
            await session.start()
            return session
    except TimeoutError as error:
        _abort(writer)
        raise OutsideError(f"no answer within {timeout_s:g} s") from error
    except asyncio.IncompleteReadError as error:
        _abort(writer)
        raise OutsideError("the camera closed the connection") from error
    except (OSError, asyncio.LimitOverrunError, ValueError) as error:
        _abort(writer)
        raise OutsideError(f"cannot connect: {error}") from error
    except BaseException:
        _abort(writer)
        raise


def _abort(writer: asyncio.StreamWriter | None) -> None:
    if writer is not None:
        writer.transport.abort()


async def _read_rest(reader: asyncio.StreamReader, start: bytes) -> tuple[str, str]:
    """The rest of a message that began with ``start``: (head, body)."""
    try:
        head = (start + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError as error:
        raise OutsideError("the camera's answer has no end") from error
    return head, (await reader.readexactly(_told_length(head))).decode("utf-8", "replace")


def _told_length(head: str) -> int:
    told = re.search(r"(?im)^content-length:\s*(\d+)", head)
    length = int(told.group(1)) if told and len(told.group(1)) < 9 else 0
    if length > LARGEST_ANSWER:
        raise OutsideError(f"the camera's answer has {length} bytes, at most {LARGEST_ANSWER}")
    return length


def _parse_reply(head: str, body: str) -> _Reply:
    lines = head.split("\r\n")
    words = lines[0].split(" ")
    if len(words) < 2 or not words[1].isdigit():
        raise OutsideError("the other side does not speak RTSP")
    pairs = [line.partition(":") for line in lines[1:] if ":" in line]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    challenges = [v.strip() for n, _, v in pairs if n.strip().lower() == "www-authenticate"]
    return _Reply(int(words[1]), headers, challenges, body)


def parse_description(text: str, base: str) -> VideoStream:
    """Find the first video of a session description (SDP) that we read.

    Raises
    ------
    OutsideError
        If there is none.
    """
    offered = []
    for part in re.split(r"(?m)^m=", text)[1:]:
        if not part.startswith("video"):
            continue
        found = re.search(r"(?im)^a=rtpmap:\d+\s+([\w-]+)/(\d+)", part)
        name = found.group(1).upper() if found else "none"
        offered.append(name)
        if found is None or name not in _CODECS:
            continue
        control = re.search(r"(?im)^a=control:(\S+)", part)
        return VideoStream(
            _CODECS[name],
            _parameter_sets(part),
            max(1, int(found.group(2)[:9])),
            _control_url(control.group(1) if control else "*", base),
        )
    raise OutsideError(
        f"the camera offers {', '.join(offered) or 'no video'}; H264 or H265 is read"
    )


def _control_url(control: str, base: str) -> str:
    # The URL is only spoken on this very connection; whatever host it names is never contacted.
    if control == "*":
        return base
    if control.startswith("rtsp://"):
        return control
    # Appended as it is, as cameras expect whose addresses end in a query (channel=1&subtype=1); the
    # rules of web addresses would drop it.
    return f"{base.rstrip('/')}/{control.lstrip('/')}"


def _parameter_sets(part: str) -> bytes:
    sets = bytearray()
    for key in ("sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets"):
        found = re.search(rf"(?i){key}=([A-Za-z0-9+/=,]+)", part)
        for text in found.group(1).split(",") if found else ():
            try:
                sets += b"\x00\x00\x00\x01" + base64.b64decode(text, validate=True)
            except binascii.Error:
                log.debug("a parameter set is not base64; the stream repeats it")
    return bytes(sets)


def best_challenge(challenges: list[str]) -> str:
    """The strongest that we can answer: Digest with SHA-256, Digest, Basic."""
    digests = [text for text in challenges if text.lower().startswith("digest")]
    strong = [text for text in digests if "sha-256" in text.lower()]
    return (strong or digests or challenges)[0]


def authorize(challenge: str, method: str, url: str, address: Address) -> str:
    """Answer a challenge: Digest (RFC 2617, 7616) where offered, else Basic (RFC 7617)."""
    if not challenge.lower().startswith("digest"):
        pair = f"{address.user}:{address.password}".encode()
        return "Basic " + base64.b64encode(pair).decode()
    quoted = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    bare = dict(re.findall(r"(\w+)=([^\s\",]+)", challenge))
    asked = {key.lower(): value for key, value in {**bare, **quoted}.items()}
    realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
    name = asked.get("algorithm", "MD5")
    new_hash = hashlib.sha256 if name.upper().startswith("SHA-256") else _md5

    def digest(text: str) -> str:
        return new_hash(text.encode()).hexdigest()

    secret, request = digest(f"{address.user}:{realm}:{address.password}"), f"{method}:{url}"
    fields = {"username": address.user, "realm": realm, "nonce": nonce, "uri": url}
    plain = {"algorithm": name} if "algorithm" in asked else {}
    if "auth" in asked.get("qop", "").split(","):
        count, own = "00000001", secrets.token_hex(8)
        fields["cnonce"] = own
        plain |= {"qop": "auth", "nc": count}
        answer = digest(f"{secret}:{nonce}:{count}:{own}:auth:{digest(request)}")
    else:
        answer = digest(f"{secret}:{nonce}:{digest(request)}")
    fields["response"] = answer
    if "opaque" in asked:
        fields["opaque"] = asked["opaque"]
    parts = [f'{key}="{value}"' for key, value in fields.items()]
    return "Digest " + ", ".join(parts + [f"{key}={value}" for key, value in plain.items()])


def _md5(data: bytes) -> "hashlib._Hash":
    # Cameras know nothing better; the algorithm is theirs to name.
    return hashlib.md5(data, usedforsecurity=False)
