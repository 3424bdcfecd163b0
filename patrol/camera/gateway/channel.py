"""What gateways tell: their channels, and why a stream does not come."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from patrol.model.errors import OutsideError
from patrol.model.place import Place


class GatewayTimeoutError(OutsideError):
    """The gateway answers, but the camera behind it sends nothing: a state of its own.

    The commonest trouble with GB/T 28181: asking again at once makes it worse, so it is not taken
    for a broken line.
    """


@dataclass(frozen=True, slots=True)
class Channel:
    """One camera that a gateway has.

    ``url`` is what the inventory keeps: it names the gateway and the channel, never a stream, as
    streams are opened anew at each connection. ``place`` and ``heading_deg`` are as the gateway
    tells them, in WGS 84 and degrees from north, or nothing.
    """

    id: str
    name: str
    url: str
    online: bool
    place: Place | None = None
    heading_deg: float | None = None
    area_code: str = ""


class StreamResolver(Protocol):
    """Tells where the stream of a camera is now; asked anew at each connection."""

    async def stream_address(self, url: str) -> str:
        """The address of the stream.

        Raises
        ------
        OutsideError
            If it cannot be had; :class:`GatewayTimeoutError` where the camera behind is silent.
        """
        ...


class Pace:
    """Lets starts through one at a time, with a pause between: a gateway is never hammered.

    Parameters
    ----------
    gap_s
        Least time between two starts, seconds.
    """

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._next_s = 0.0

    async def wait(self) -> None:
        """Wait for one's turn."""
        loop = asyncio.get_running_loop()
        turn_s = max(loop.time(), self._next_s)
        self._next_s = turn_s + self._gap_s
        await asyncio.sleep(turn_s - loop.time())
