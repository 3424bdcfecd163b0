"""A small HTTP client for cameras: connects to the checked address, follows nothing.

Our own for the same reasons as the RTSP client: a library that resolves the name again, follows a
redirect or reads a proxy from the environment would undo the check of the address.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from patrol.camera.address import Address
from patrol.camera.rtsp import authorize, best_challenge
from patrol.model.errors import OutsideError

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 16 << 20
"""Bytes of one snapshot, playlist or segment."""


@dataclass(slots=True)
class HttpAnswer:
    """An answer whose body is still to be read."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader

    async def body(self, most: int = LARGEST_BODY) -> bytes:
        """Read the whole body.

        Raises
        ------
        OutsideError
            If it is larger than ``most`` bytes.
        """
        parts = bytearray()
        async for part in self.parts():
            parts += part
            if len(parts) > most:
                raise OutsideError(f"the camera's answer has more than {most} bytes")
        return bytes(parts)

    async def parts(self) -> AsyncGenerator[bytes]:
        """Give the body as it comes."""
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            async for part in self._chunks():
                yield part
            return
        told = self.headers.get("content-length", "")
        left = int(told) if told.isdigit() and len(told) < 12 else None
        while left is None or left > 0:
            part = await self.reader.read(65_536 if left is None else min(left, 65_536))
            if not part:
                return
            left = None if left is None else left - len(part)
            yield part

    async def _chunks(self) -> AsyncGenerator[bytes]:
        while True:
            line = (await self.reader.readline()).split(b";")[0].strip()
            if not re.fullmatch(rb"[0-9a-fA-F]{1,7}", line):
                raise OutsideError("the camera's answer is cut into damaged pieces")
            size = int(line, 16)
            if size == 0:
                return
            yield await self.reader.readexactly(size)
            await self.reader.readexactly(2)


@asynccontextmanager
async def http_get(
    address: Address,
    timeout_s: float,
    *,
    headers: Sequence[tuple[str, str]] = (),
    posted: bytes | None = None,
    accepted: Collection[int] = (200,),
) -> AsyncGenerator[HttpAnswer]:
    """Ask for an address; reading the body is under the caller's own time-out.

    Parameters
    ----------
    address
        What was checked.
    timeout_s
        Until the head of the answer has come.
    headers
        Further ones; must not hold line ends.
    posted
        A body: with one the method is POST.
    accepted
        Statuses whose body is wanted; any other is an error.

    Raises
    ------
    OutsideError
        If the camera cannot be reached, redirects, refuses or does not answer in time.
    """
    writer: asyncio.StreamWriter | None = None
    try:
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await _connect(address)
                answer = await _ask(address, reader, writer, headers, posted)
                if answer.status == 401 and address.user:
                    challenge = best_challenge([answer.headers.get("www-authenticate", "Basic")])
                    writer.transport.abort()
                    reader, writer = await _connect(address)
                    method = "GET" if posted is None else "POST"
                    proof = authorize(challenge, method, address.target, address)
                    proven = [*headers, ("Authorization", proof)]
                    answer = await _ask(address, reader, writer, proven, posted)
        except TimeoutError as error:
            raise OutsideError(f"no answer within {timeout_s:g} s") from error
        if answer.status not in accepted:
            raise OutsideError(_why_status(answer.status, address))
        try:
            yield answer
        except (asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise OutsideError("the camera closed the connection") from error
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise OutsideError(f"cannot connect: {error}") from error
    finally:
        if writer is not None:
            writer.transport.abort()


async def _connect(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    # The certificate must be for the name that was asked for, though we go to the checked address.
    return await asyncio.open_connection(
        address.ip,
        address.port,
        limit=LARGEST_HEAD,
        ssl=ssl.create_default_context() if address.secure else None,
        server_hostname=address.host if address.secure else None,
    )


async def _ask(
    address: Address,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    headers: Sequence[tuple[str, str]],
    posted: bytes | None,
) -> HttpAnswer:
    standard = 443 if address.secure else 80
    host = f"[{address.host}]" if ":" in address.host else address.host
    lines = [
        f"{'GET' if posted is None else 'POST'} {address.target} HTTP/1.1",
        f"Host: {host}" if address.port == standard else f"Host: {host}:{address.port}",
        "User-Agent: patrol",
        "Accept: */*",
        "Connection: close",
    ]
    lines.extend(f"{name}: {value}" for name, value in headers)
    if posted is not None:
        lines.append(f"Content-Length: {len(posted)}")
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8") + (posted or b""))
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    words = head[0].split(" ")
    if len(words) < 2 or not head[0].startswith("HTTP/1.") or not words[1].isdigit():
        raise OutsideError("the other side does not speak HTTP")
    pairs = (line.partition(":") for line in head[1:] if ":" in line)
    found = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return HttpAnswer(int(words[1]), found, reader)


def _why_status(status: int, address: Address) -> str:
    if 300 <= status < 400:
        return "the camera redirects elsewhere; redirects are not followed"
    if status in {401, 403}:
        return f"the camera refuses user {address.user or '(none)'}"
    return f"the camera answers with {status}"
