"""WVP-PRO (wvp-GB28181-pro): the GB/T 28181 platform that most counties run.

Field names, codes and paths are those of its sources and interface descriptions as of 2025
(``CommonChannelController``, ``CommonGBChannel``, ``StreamContent``, ``ErrorCode``,
``InviteErrorCode``): every answer is ``{code, msg, data}``, and an API key made on its page goes
in the header ``api-key``.
"""

from typing import Any
from urllib.parse import quote

from patrol.camera.gateway.api import GatewayAddress, ask, number, text
from patrol.camera.gateway.channel import Channel, GatewayTimeoutError, Pace
from patrol.model.errors import InputError, OutsideError
from patrol.model.place import Place

PAGE = 200
MOST_PAGES = 100

TIMEOUTS = frozenset({486, 408, -1, -2})
"""Codes that mean: the device did not answer, or its stream did not come."""

STREAMS = ("rtsp", "hls")
"""What is read, best first; FLV and the others are not."""

HEADINGS = {1: 90.0, 2: 270.0, 3: 180.0, 4: 0.0, 5: 135.0, 6: 45.0, 7: 225.0, 8: 315.0}
"""The standard's numbers of eight directions."""


class WvpGateway:
    """A WVP-PRO server.

    Parameters
    ----------
    address
        Where it is, with its API key.
    pace
        Shared by all who start streams there.
    play_s
        How long a start may take, seconds; the platform itself gives up after about 20.
    """

    def __init__(self, address: GatewayAddress, pace: Pace, play_s: float = 15.0) -> None:
        self._address = address
        self._pace = pace
        self._play_s = play_s
        self._ids: dict[str, int] = {}

    async def list_channels(self) -> list[Channel]:
        """All cameras that the platform has.

        Raises
        ------
        OutsideError
            If it cannot be reached, refuses, or answers something else.
        """
        channels: list[Channel] = []
        for page in range(1, MOST_PAGES + 1):
            data = await self._ask("/api/common/channel/list", page=page, count=PAGE)
            rows = data.get("list") if isinstance(data, dict) else None
            if not isinstance(rows, list):
                raise OutsideError(f"gateway {self._address.name}: its list of channels is none")
            channels.extend(self._channels(rows))
            total = number(data.get("total")) or 0
            if not rows or page * PAGE >= total:
                break
        return channels

    async def stream_address(self, url: str) -> str:
        """Have a stream started and tell where it is."""
        code = url.rpartition("/")[2]
        channel_id = self._ids.get(code)
        if channel_id is None:
            channel_id = await self._find(code)
        await self._pace.wait()
        try:
            data = await self._ask(
                "/api/common/channel/play", within_s=self._play_s, channelId=channel_id
            )
        except OutsideError:
            # The platform may have been set up anew, with other numbers.
            self._ids.pop(code, None)
            raise
        for kind in STREAMS:
            found = data.get(kind) if isinstance(data, dict) else None
            if isinstance(found, str) and found:
                return found
        raise OutsideError(
            f"gateway {self._address.name}: channel {code} has no {' or '.join(STREAMS)} stream"
        )

    async def _find(self, code: str) -> int:
        data = await self._ask("/api/common/channel/list", page=1, count=PAGE, query=code)
        rows = data.get("list") if isinstance(data, dict) else None
        self._channels(rows if isinstance(rows, list) else [])
        if code not in self._ids:
            raise OutsideError(f"gateway {self._address.name}: has no channel {code}")
        return self._ids[code]

    def _channels(self, rows: list[Any]) -> list[Channel]:
        """Read rows; those that are no cameras, such as groups, are left out."""
        channels = []
        for row in rows:
            code = text(row.get("gbDeviceId")) if isinstance(row, dict) else ""
            known = number(row.get("gbId")) if code else None
            if known is None:
                continue
            self._ids[code] = int(known)
            direction = number(row.get("gbDirectionType"))
            channels.append(
                Channel(
                    code,
                    text(row.get("gbName")) or code,
                    f"gb28181://{self._address.name}/{quote(code, safe='')}",
                    text(row.get("gbStatus")).upper() == "ON",
                    make_place(row.get("gbLongitude"), row.get("gbLatitude")),
                    HEADINGS.get(int(direction)) if direction is not None else None,
                    text(row.get("gbCivilCode")),
                )
            )
        return channels

    async def _ask(self, path: str, within_s: float = 5.0, **query: str | int) -> Any:
        headers = [("api-key", self._address.key)] if self._address.key else []
        answer = await ask(self._address, path, query, headers, within_s)
        code, why = answer.get("code"), text(answer.get("msg"))
        if code in TIMEOUTS:
            raise GatewayTimeoutError(
                f"gateway {self._address.name}: the camera behind it is silent ({code}: {why})"
            )
        if code != 0:
            raise OutsideError(f"gateway {self._address.name}: {path}: {code}: {why}")
        return answer.get("data")


def make_place(lon: Any, lat: Any) -> Place | None:
    """A place, where both numbers are told and make one; 0, 0 is what devices tell for nothing."""
    x, y = number(lon), number(lat)
    if x is None or y is None or (x == 0 and y == 0):
        return None
    try:
        return Place(x, y)
    except InputError:
        return None
