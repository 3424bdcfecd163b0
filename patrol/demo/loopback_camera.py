"""Cameras that are not there: an RTSP server on loopback that loops H.264 clips and can misbehave.

It serves the demo and the tests. One server has many cameras, one per path. Each can be told to
freeze (connected, silent), thaw, drop (cut all connections), refuse (close at once), accept,
corrupt (flip bytes of pictures), heal, jump (leap in time). Pictures go over TCP only.
"""

import asyncio
import hashlib
import logging
import random
import re
import secrets
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from patrol.demo.stream_clip import CLOCK_HZ, PAYLOAD_TYPE, StreamClip, describe, fragments
from patrol.model.errors import InputError

log = logging.getLogger(__name__)

COMMANDS = ("freeze", "thaw", "drop", "refuse", "accept", "corrupt", "heal", "jump", "redirect")
_BUFFER_LIMIT = 4 << 20


@dataclass(slots=True, eq=False)
class _Viewer:
    """One connection that plays."""

    writer: asyncio.StreamWriter
    waits_for_key: bool = True


@dataclass(slots=True)
class _Camera:
    """One path of the server."""

    clip: StreamClip
    viewers: list[_Viewer] = field(default_factory=list)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    frozen: bool = False
    refusing: bool = False
    corrupting: bool = False
    redirect_to: str = ""
    position: int = 0
    rtp_time: int = 0
    sequence: int = 0
    started: int = 0


class LoopbackCameras:
    """An RTSP server on 127.0.0.1 in a thread of its own.

    Parameters
    ----------
    clips
        Clip by path, such as ``{"gate": clip}`` for ``rtsp://127.0.0.1:PORT/gate``.
    port
        0 takes a free one.
    credentials
        User and password that cameras ask for (digest), or none.
    mid_gop
        Start viewers at any picture instead of at the next key frame.
    seed
        Of the bytes that ``corrupt`` flips.
    """

    def __init__(
        self,
        clips: dict[str, StreamClip],
        *,
        port: int = 0,
        credentials: tuple[str, str] | None = None,
        mid_gop: bool = False,
        seed: int = 7,
    ) -> None:
        self.port = port
        self._cameras = {path.strip("/"): _Camera(clip) for path, clip in clips.items()}
        self._credentials = credentials
        self._nonce = secrets.token_hex(16)
        self._mid_gop = mid_gop
        self._random = random.Random(seed)  # noqa: S311 - noise for pictures, no secret
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="loopback-cameras", daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._error: OSError | None = None

    def __enter__(self) -> "LoopbackCameras":
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            raise self._error
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def url(self, path: str) -> str:
        """A camera's address."""
        return f"rtsp://127.0.0.1:{self.port}/{path}"

    def tell(self, path: str, command: str, argument: str = "") -> None:
        """Give a camera one of ``COMMANDS``; it has happened when this returns."""
        if command not in COMMANDS:
            raise InputError(f"command must be one of {', '.join(COMMANDS)}, got {command!r}")
        done = threading.Event()

        def act() -> None:
            self._act(self._cameras[path.strip("/")], command, argument)
            done.set()

        self._loop.call_soon_threadsafe(act)
        done.wait(5)

    def viewers(self, path: str) -> int:
        """How many connections play a camera now."""
        return len(self._cameras[path.strip("/")].viewers)

    def started(self, path: str) -> int:
        """How many times a camera was asked to play."""
        return self._cameras[path.strip("/")].started

    def _act(self, camera: _Camera, command: str, argument: str) -> None:
        if command in {"freeze", "thaw"}:
            camera.frozen = command == "freeze"
        elif command in {"refuse", "accept"}:
            camera.refusing = command == "refuse"
        elif command in {"corrupt", "heal"}:
            camera.corrupting = command == "corrupt"
        elif command == "jump":
            camera.rtp_time += int(float(argument or "3600") * CLOCK_HZ)
        elif command == "redirect":
            camera.redirect_to = argument
        if command in {"drop", "refuse"}:
            for writer in list(camera.writers):
                writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        try:
            server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
        except OSError as error:
            self._error = error
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        players = [asyncio.create_task(self._play(camera)) for camera in self._cameras.values()]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for player in players:
            player.cancel()
        for camera in self._cameras.values():
            for writer in list(camera.writers):
                writer.transport.abort()
        await asyncio.gather(*players, return_exceptions=True)
        await asyncio.sleep(0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = _Talk(self._cameras, writer, self._credentials, self._nonce, self._mid_gop)
        try:
            while True:
                request = await _read_request(reader)
                if request is None or not talk.answer(*request):
                    break
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, ValueError):
            log.debug("a viewer left")
        finally:
            talk.leave()
            writer.transport.abort()

    async def _play(self, camera: _Camera) -> None:
        """Send a camera's pictures to all who play it, at the clip's rate."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s += 1 / camera.clip.fps
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            unit = camera.clip.units[camera.position]
            camera.position = (camera.position + 1) % len(camera.clip.units)
            camera.rtp_time += round(CLOCK_HZ / camera.clip.fps)
            if camera.frozen or not camera.viewers:
                continue
            is_key = any(nal[0] & 31 == 5 for nal in unit)
            data = self._framed(camera, unit)
            for viewer in list(camera.viewers):
                if viewer.waits_for_key and not is_key:
                    continue
                viewer.waits_for_key = False
                # Who does not read is cut off, as cameras do; he would fill our memory.
                if viewer.writer.transport.get_write_buffer_size() > _BUFFER_LIMIT:
                    viewer.writer.transport.abort()
                else:
                    viewer.writer.write(data)

    def _framed(self, camera: _Camera, unit: tuple[bytes, ...]) -> bytes:
        """A picture as interleaved RTP packets."""
        out = bytearray()
        payloads = [payload for nal in unit for payload in fragments(nal)]
        for number, payload in enumerate(payloads):
            if camera.corrupting and len(payload) > 40:
                damaged = bytearray(payload)
                for _ in range(4):
                    damaged[self._random.randrange(2, len(damaged))] ^= self._random.randrange(256)
                payload = bytes(damaged)
            marker = 0x80 if number == len(payloads) - 1 else 0
            camera.sequence = (camera.sequence + 1) & 0xFFFF
            header = bytes((0x80, marker | PAYLOAD_TYPE)) + camera.sequence.to_bytes(2, "big")
            header += (camera.rtp_time & 0xFFFFFFFF).to_bytes(4, "big") + b"PTRL"
            packet = header + payload
            out += b"$\x00" + len(packet).to_bytes(2, "big") + packet
        return bytes(out)


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]] | None:
    """The next request as (method, url, headers); reports of viewers are skipped."""
    while True:
        first = await reader.readexactly(1)
        if first != b"$":
            break
        _, high, low = await reader.readexactly(3)
        await reader.readexactly(high << 8 | low)
    head = first + await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3:
        return None
    pairs = (line.partition(":") for line in lines[1:] if ":" in line)
    return words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in pairs}


@dataclass(slots=True)
class _Talk:
    """One connection's side of the protocol."""

    cameras: dict[str, _Camera]
    writer: asyncio.StreamWriter
    credentials: tuple[str, str] | None
    nonce: str
    mid_gop: bool
    camera: _Camera | None = None
    viewer: _Viewer | None = None

    def answer(self, method: str, url: str, headers: dict[str, str]) -> bool:
        """Answer one request; False ends the connection."""
        path = re.sub(r"^rtsps?://[^/]*", "", url).split("?")[0].strip("/")
        camera = self.cameras.get(path.removesuffix("/track0").strip("/"))
        sequence = headers.get("cseq", "0")
        if camera is None:
            self._reply(sequence, "404 Not Found")
            return True
        if camera.refusing:
            return False
        self.camera = camera
        camera.writers.add(self.writer)
        if camera.redirect_to:
            self._reply(sequence, "302 Found", [f"Location: {camera.redirect_to}"])
        elif method != "OPTIONS" and not self._may(method, headers.get("authorization", "")):
            ask = f'WWW-Authenticate: Digest realm="loopback", nonce="{self.nonce}"'
            self._reply(sequence, "401 Unauthorized", [ask])
        else:
            self._do(method, url, headers, sequence, camera)
        return method != "TEARDOWN"

    def _do(
        self, method: str, url: str, headers: dict[str, str], sequence: str, camera: _Camera
    ) -> None:
        session = "Session: 1;timeout=60"
        if method == "OPTIONS":
            known = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
            self._reply(sequence, "200 OK", [known])
        elif method == "DESCRIBE":
            extra = [f"Content-Base: {url.rstrip('/')}/", "Content-Type: application/sdp"]
            self._reply(sequence, "200 OK", extra, describe(camera.clip))
        elif method == "SETUP" and "TCP" not in headers.get("transport", ""):
            self._reply(sequence, "461 Unsupported Transport")
        elif method == "SETUP":
            transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
            self._reply(sequence, "200 OK", [transport, session])
        elif method == "PLAY":
            self._reply(sequence, "200 OK", [session])
            camera.started += 1
            self.viewer = _Viewer(self.writer, waits_for_key=not self.mid_gop)
            camera.viewers.append(self.viewer)
        elif method in {"GET_PARAMETER", "TEARDOWN"}:
            self._reply(sequence, "200 OK", [session])
        else:
            self._reply(sequence, "405 Method Not Allowed")

    def leave(self) -> None:
        """The connection ended."""
        if self.camera is not None:
            self.camera.writers.discard(self.writer)
            if self.viewer in self.camera.viewers:
                self.camera.viewers.remove(self.viewer)

    def _reply(self, sequence: str, status: str, extra: Sequence[str] = (), body: str = "") -> None:
        head = [f"RTSP/1.0 {status}", f"CSeq: {sequence}", *extra]
        if body:
            head.append(f"Content-Length: {len(body)}")
        self.writer.write(("\r\n".join(head) + "\r\n\r\n" + body).encode("latin-1"))

    def _may(self, method: str, authorization: str) -> bool:
        """Whether a digest (RFC 2617 without qop) is right."""
        if self.credentials is None:
            return True
        fields = dict(re.findall(r'(\w+)="([^"]*)"', authorization))
        user, password = self.credentials
        secret = _md5(f"{user}:loopback:{password}")
        asked = _md5(f"{method}:{fields.get('uri', '')}")
        expected = _md5(f"{secret}:{self.nonce}:{asked}")
        return fields.get("username") == user and fields.get("response") == expected


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def main(arguments: Sequence[str]) -> None:
    """Serve clips until standard input ends; its lines are commands, such as ``freeze gate``.

    Parameters
    ----------
    arguments
        The port (0: any), then ``PATH=FILE`` for each camera.
    """
    port, *pairs = arguments
    clips = {}
    for pair in pairs:
        path, _, file = pair.partition("=")
        clips[path] = StreamClip.read(Path(file))
    with LoopbackCameras(clips, port=int(port)) as cameras:
        sys.stdout.write(f"{cameras.port}\n")
        sys.stdout.flush()
        for line in sys.stdin:
            command, path, *rest = line.split()
            cameras.tell(path, command, rest[0] if rest else "")


if __name__ == "__main__":
    main(sys.argv[1:])
