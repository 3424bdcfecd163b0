"""Pictures of a camera as they arrive, whatever it is: RTSP, a file, HTTP."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from patrol.camera.address import Address, SourceKind, check_address
from patrol.camera.clip import Clip
from patrol.camera.decode import Decoder
from patrol.camera.gateway.resolve import Resolvers
from patrol.camera.onnx import OnnxDetector
from patrol.camera.picture import Picture
from patrol.camera.rtsp import open_session
from patrol.camera.timing import SteadyClock
from patrol.camera.web_feed import web_pictures


def unnoted(_: str) -> None:
    """Nobody asks who was decoded last."""


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """How all feeds of a worker are read."""

    analyse_fps: float = 5.0
    width_px: int = 480
    timeout_s: float = 2.0
    backoff_max_s: float = 5.0
    networks: tuple[str, ...] = ("127.0.0.0/8",)
    file_dir: Path | None = None
    report_s: float = 10.0
    detector: OnnxDetector | None = None
    resolvers: Resolvers = field(default_factory=Resolvers)
    stills: bool = False
    """Gather what a still of the empty scene may show."""
    keys_only: bool = False
    """Decode key frames only: enough to know how a camera is, for a tenth of the cost."""
    note: Callable[[str], None] = unnoted
    """Told the camera whose bytes are decoded or looked at next: a crash names its cause."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A decoded picture and its time on the feed's steady clock, seconds."""

    picture: Picture
    t_s: float


async def rtsp_arrivals(address: Address, settings: FeedSettings) -> AsyncGenerator[Arrival]:
    """Pictures of an RTSP camera.

    Raises
    ------
    OutsideError
        If the camera cannot be reached, goes silent or leaves.
    """
    session = await open_session(address, settings.timeout_s)
    try:
        decoder = Decoder(session.stream.codec, session.stream.parameter_sets)
        steady = SteadyClock(session.stream.clock_hz)
        async with aclosing(session.pictures()) as encoded:
            async for unit in encoded:
                t_s = steady.take(unit.rtp_time, session.packet_s)
                if settings.keys_only and not unit.is_key:
                    continue
                settings.note("")
                for picture in decoder.decode(unit):
                    yield Arrival(picture, t_s)
                    # A picture that is still named while the next is decoded costs each feed one
                    # more of the decoder's buffers (0.5 MB at 640x480).
                    del picture
    finally:
        await session.close()


async def file_arrivals(path: Path, settings: FeedSettings) -> AsyncGenerator[Arrival]:
    """Pictures of a file at the pace at which they were taken; ends with the file.

    Raises
    ------
    InputError
        If it is no video.
    """
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    settings.note("")
    for frame in Clip(path).frames():
        t_s = start_s + frame.t_s
        await asyncio.sleep(max(0.0, t_s - loop.time()))
        yield Arrival(frame.picture, t_s)
        settings.note("")


async def web_arrivals(address: Address, settings: FeedSettings) -> AsyncGenerator[Arrival]:
    """Pictures of an HTTP camera: snapshots, MJPEG or HLS.

    Raises
    ------
    OutsideError
        If the camera cannot be reached, goes silent or sends what is no picture.
    """

    def check_url(url: str) -> Address:
        return check_address(url, networks=settings.networks)

    def before_decoding() -> None:
        settings.note("")

    web = web_pictures(address, settings.timeout_s, check_url, before_decoding)
    async with aclosing(web) as pictures:
        async for picture, t_s in pictures:
            yield Arrival(picture, t_s)


def arrivals(address: Address, settings: FeedSettings) -> AsyncGenerator[Arrival]:
    """Pictures of any source.

    Raises
    ------
    OutsideError, InputError
        As its kind does.
    """
    if address.kind is SourceKind.FILE and address.path is not None:
        return file_arrivals(address.path, settings)
    if address.kind is SourceKind.HTTP:
        return web_arrivals(address, settings)
    return rtsp_arrivals(address, settings)
