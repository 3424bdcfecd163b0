"""Many pages in one process: raw websockets on one epoll, so that the clients cost little."""

import re
import selectors
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection

import websocket

PROBE = re.compile(rb'"id":\s*"probe",\s*"name":\s*"([0-9.]+)"')
NOW = re.compile(rb'"now":\s*"([^"]+)"')
PONG = b"\x81\x81\x00\x00\x00\x003"
"""Engine.IO's pong as a masked text frame (mask of zeros)."""


@dataclass(slots=True)
class Page:
    """One connection and what has come of its next frame."""

    raw: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    frames: int = 0
    bytes_in: int = 0
    closed: bool = False


@dataclass(slots=True)
class Heard:
    """What all pages heard: ages of the probe and of the frames, in seconds."""

    frames: int = 0
    bytes_in: int = 0
    ages_s: list[float] = field(default_factory=list)
    sent_s: list[float] = field(default_factory=list)
    closed: int = 0


def open_page(address: str, cookie: str) -> Page:
    """Connect and join the namespace."""
    ws = websocket.create_connection(
        address.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket",
        cookie=cookie,
        origin=address,
        timeout=30,
    )
    ws.recv()
    ws.send("40/live,")
    raw = ws.sock
    if not isinstance(raw, socket.socket):
        raise TypeError("the page has no plain socket")
    return Page(raw)


def listen(pipe: Connection, address: str, cookie: str, count: int) -> None:
    """Run the pages until the pipe says stop; then tell what they heard since it said start."""
    pages = [open_page(address, cookie) for _ in range(count)]
    selector = selectors.DefaultSelector()
    for page in pages:
        page.raw.setblocking(False)
        selector.register(page.raw, selectors.EVENT_READ, page)
    selector.register(pipe, selectors.EVENT_READ, None)
    heard = Heard()
    pipe.send("open")
    while True:
        for key, _ in selector.select(1.0):
            if key.data is None:
                if pipe.recv() == "stop":
                    heard.closed = sum(page.closed for page in pages)
                    pipe.send(heard)
                    return
                heard = Heard()
                pipe.send("started")
            else:
                _read(key.data, heard, selector)


def _read(page: Page, heard: Heard, selector: selectors.BaseSelector) -> None:
    try:
        data = page.raw.recv(262_144)
    except BlockingIOError:
        return
    except OSError:
        data = b""
    if not data:
        page.closed = True
        selector.unregister(page.raw)
        return
    heard.bytes_in += len(data)
    page.buffer += data
    while (frame := _next_frame(page.buffer)) is not None:
        _take(frame, page, heard)


def _next_frame(buffer: bytearray) -> bytes | None:
    if len(buffer) < 2:
        return None
    size, head = buffer[1] & 0x7F, 2
    if size == 126:
        if len(buffer) < 4:
            return None
        (size,), head = struct.unpack_from("!H", buffer, 2), 4
    elif size == 127:
        if len(buffer) < 10:
            return None
        (size,), head = struct.unpack_from("!Q", buffer, 2), 10
    if len(buffer) < head + size:
        return None
    frame = bytes(buffer[head : head + size])
    del buffer[: head + size]
    return frame


def _take(frame: bytes, page: Page, heard: Heard) -> None:
    if frame == b"2":
        page.raw.send(PONG)
        return
    if not frame.startswith(b'42/live,["delta"'):
        return
    now_s = time.time()
    page.frames += 1
    heard.frames += 1
    found = PROBE.search(frame)
    if found is not None:
        heard.ages_s.append(now_s - float(found[1]))
    when = NOW.search(frame)
    if when is not None:
        sent_s = datetime.fromisoformat(when[1].decode()).timestamp()
        heard.sent_s.append(now_s - sent_s)


if __name__ == "__main__":
    sys.exit("this module is started by bench.live")
