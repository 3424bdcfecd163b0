"""Pictures over HTTP: JPEG snapshots, MJPEG streams and HLS.

What an address gives is told by its answer's content type. FFmpeg only ever gets bytes that we
fetched ourselves, from memory and with every protocol shut, so that a hostile playlist can name
what it likes.
"""

import asyncio
import io
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame

from patrol.camera.address import Address
from patrol.camera.decode import LARGEST_SIDE_PX
from patrol.camera.http import HttpAnswer, http_get
from patrol.camera.picture import ArrayPicture, DecodedPicture, Picture
from patrol.model.errors import OutsideError

SNAPSHOT_EVERY_S = 0.5
"""Snapshots are asked for twice a second: enough to follow walkers, little for a camera."""

LARGEST_JPEG = 8 << 20
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_PLAYLISTS = ("mpegurl", "m3u8")

Timed = tuple[Picture, float]
CheckUrl = Callable[[str], Address]


async def web_pictures(
    address: Address,
    timeout_s: float,
    check_url: CheckUrl,
    before_decoding: Callable[[], None] = lambda: None,
) -> AsyncGenerator[Timed]:
    """Pictures of an HTTP camera, each with its time on the loop's clock, seconds.

    Parameters
    ----------
    address
        What was checked.
    timeout_s
        Longest silence.
    check_url
        Checks the further addresses that a playlist names.
    before_decoding
        Called before each picture of this camera is decoded.

    Raises
    ------
    OutsideError
        If the camera cannot be reached, goes silent or sends what is no picture.
    """
    kind = ""
    async with http_get(address, timeout_s) as answer:
        kind = answer.headers.get("content-type", "").lower()
        if "multipart" in kind:
            async for picture in _motion_jpeg(answer, timeout_s, before_decoding):
                yield picture, asyncio.get_running_loop().time()
            raise OutsideError("the camera closed the connection")
        async with _limit(timeout_s):
            body = await answer.body()
    if any(mark in kind for mark in _PLAYLISTS) or body.startswith(b"#EXTM3U"):
        async for timed in _hls(address, body, timeout_s, check_url, before_decoding):
            yield timed
        return
    async for timed in _snapshots(address, body, timeout_s, before_decoding):
        yield timed


async def _snapshots(
    address: Address, first: bytes, timeout_s: float, before_decoding: Callable[[], None]
) -> AsyncGenerator[Timed]:
    loop = asyncio.get_running_loop()
    body = first
    while True:
        began_s = loop.time()
        before_decoding()
        yield decode_jpeg(body), began_s
        await asyncio.sleep(max(0.0, began_s + SNAPSHOT_EVERY_S - loop.time()))
        async with http_get(address, timeout_s) as answer, _limit(timeout_s):
            body = await answer.body(LARGEST_JPEG)


async def _motion_jpeg(
    answer: HttpAnswer, timeout_s: float, before_decoding: Callable[[], None]
) -> AsyncGenerator[Picture]:
    """Cut a multipart stream at the marks of JPEG itself; its boundaries are often wrong."""
    buffer = bytearray()
    parts = answer.parts()
    while True:
        async with _limit(timeout_s):
            part = await anext(parts, b"")
        if not part:
            return
        buffer += part
        while True:
            start = buffer.find(_JPEG_START)
            end = buffer.find(_JPEG_END, start + 2) if start >= 0 else -1
            if end < 0:
                break
            before_decoding()
            yield decode_jpeg(bytes(buffer[start : end + 2]))
            del buffer[: end + 2]
        if len(buffer) > LARGEST_JPEG:
            raise OutsideError(f"the camera sends a picture of more than {LARGEST_JPEG} bytes")


def decode_jpeg(data: bytes) -> ArrayPicture:
    """Decode a JPEG.

    Raises
    ------
    OutsideError
        If it is none.
    """
    width_px, height_px = jpeg_size_px(data)
    if max(width_px, height_px) > LARGEST_SIDE_PX:
        raise OutsideError(
            f"the camera's picture is {width_px} x {height_px}, at most {LARGEST_SIDE_PX}"
        )
    found = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR) if data else None
    if found is None:
        raise OutsideError("the camera's answer is no picture")
    return ArrayPicture(np.asarray(found, dtype=np.uint8))


def jpeg_size_px(data: bytes) -> tuple[int, int]:
    """(width, height) that a JPEG tells in its frame header; (0, 0) where it tells none.

    A few hundred bytes can tell of a picture of gigabytes.
    """
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return data[at + 7] << 8 | data[at + 8], data[at + 5] << 8 | data[at + 6]
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:
            at += 1 if marker == 0xFF else 2
            continue
        at += 2 + (data[at + 2] << 8 | data[at + 3])
    return 0, 0


async def _hls(
    address: Address,
    playlist: bytes,
    timeout_s: float,
    check_url: CheckUrl,
    before_decoding: Callable[[], None],
) -> AsyncGenerator[Timed]:
    """Play a playlist (RFC 8216) near its end, at the pace of its pictures."""
    loop = asyncio.get_running_loop()
    address, text = await _media_playlist(address, playlist, timeout_s, check_url)
    header = await _initialization(address, text, timeout_s, check_url)
    done: set[str] = set()
    clock_s = 0.0
    new_s = loop.time()
    while True:
        # Who starts begins with the newest segment: older ones are the past.
        names = segments(text)
        fresh = [name for name in names if name not in done] if done else names[-1:]
        done = set(names) | set(fresh)
        for name in fresh:
            new_s = loop.time()
            data = header + await _fetch(address, name, timeout_s, check_url)
            start_s = max(clock_s, loop.time())
            before_decoding()
            for frame, offset_s in decode_segment(data):
                clock_s = start_s + offset_s
                await asyncio.sleep(max(0.0, clock_s - loop.time()))
                yield DecodedPicture(frame), clock_s
                before_decoding()
        if "#EXT-X-ENDLIST" in text:
            raise OutsideError("the camera's playlist has ended")
        target_s = _target_s(text)
        if loop.time() - new_s > 2 * target_s + timeout_s:
            raise OutsideError(f"no new segment for {2 * target_s + timeout_s:g} s")
        await asyncio.sleep(min(target_s / 2, 1.0))
        async with http_get(address, timeout_s) as answer, _limit(timeout_s):
            text = (await answer.body()).decode("utf-8", "replace")


async def _media_playlist(
    address: Address, playlist: bytes, timeout_s: float, check_url: CheckUrl
) -> tuple[Address, str]:
    """Follow a master playlist to its smallest stream."""
    text = playlist.decode("utf-8", "replace")
    streams = re.findall(r"#EXT-X-STREAM-INF:[^\n]*?BANDWIDTH=(\d+)[^\n]*\n([^#\s]\S*)", text)
    if not streams:
        return address, text
    _, name = min(streams, key=lambda stream: int(stream[0]))
    media = await _elsewhere(address, name, check_url)
    async with http_get(media, timeout_s) as answer, _limit(timeout_s):
        return media, (await answer.body()).decode("utf-8", "replace")


async def _initialization(
    address: Address, text: str, timeout_s: float, check_url: CheckUrl
) -> bytes:
    found = re.search(r'#EXT-X-MAP:[^\n]*URI="([^"]+)"', text)
    return await _fetch(address, found.group(1), timeout_s, check_url) if found else b""


async def _fetch(address: Address, name: str, timeout_s: float, check_url: CheckUrl) -> bytes:
    # A segment may take as long to come as it lasts.
    segment = await _elsewhere(address, name, check_url)
    async with http_get(segment, timeout_s) as answer, _limit(timeout_s + 10.0):
        return await answer.body()


async def _elsewhere(address: Address, name: str, check_url: CheckUrl) -> Address:
    """An address that a playlist names; another host goes through the same check as the first."""
    url = urljoin(address.url, name)
    parts = urlsplit(url)
    if (parts.hostname, parts.port, parts.scheme) == (
        urlsplit(address.url).hostname,
        urlsplit(address.url).port,
        urlsplit(address.url).scheme,
    ):
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return replace(address, target=target)
    return await asyncio.to_thread(check_url, url)


def segments(text: str) -> list[str]:
    """Names of a playlist's segments, oldest first."""
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def _target_s(text: str) -> float:
    found = re.search(r"#EXT-X-TARGETDURATION:(\d{1,3})", text)
    return float(found.group(1)) if found else 6.0


def decode_segment(data: bytes) -> Iterator[tuple[VideoFrame, float]]:
    """Pictures of one segment with their times from its start, seconds, as they are asked for.

    Raises
    ------
    OutsideError
        If nothing can be decoded; later damage only ends the segment.
    """
    options = {"protocol_whitelist": "", "format_whitelist": "mpegts,mov"}
    first: float | None = None
    try:
        with av.open(io.BytesIO(data), "r", options=options) as container:
            stream = container.streams.video[0]
            stream.thread_type = "NONE"
            most = str(LARGEST_SIDE_PX * LARGEST_SIDE_PX // 2)
            stream.codec_context.options = {"skip_loop_filter": "all", "max_pixels": most}
            for frame in container.decode(stream):
                at_s = float(frame.time or 0.0)
                first = at_s if first is None else first
                yield frame, max(0.0, at_s - first)
    except (FFmpegError, OSError, IndexError) as error:
        if first is None:
            raise OutsideError("the camera's segment holds no picture that we read") from error


@asynccontextmanager
async def _limit(seconds: float) -> AsyncGenerator[None]:
    """Turn a time-out into a plain error."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise OutsideError(f"no data for {seconds:g} s") from error
