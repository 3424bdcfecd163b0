"""ZLMediaKit: the media server behind most GB/T 28181 platforms, asked directly.

By its description of the HTTP interface: everything below ``/index/api/``, parameter ``secret``,
HTTP status always 200, ``code`` 0 for success and negative for failure. A stream is named by
``app`` and ``stream`` and is played at ``rtsp://HOST:PORT/APP/STREAM``.
"""

from typing import Any
from urllib.parse import quote, unquote, urlsplit

from patrol.camera.gateway.api import GatewayAddress, ask, text
from patrol.camera.gateway.channel import Channel, GatewayTimeoutError, Pace
from patrol.model.errors import OutsideError

NOT_FOUND, REFUSED = -500, -100


class ZlmGateway:
    """A ZLMediaKit server.

    Parameters
    ----------
    address
        Where it is, with its secret.
    pace
        Shared by all who ask there.
    rtsp_port
        Where it serves RTSP.
    """

    def __init__(self, address: GatewayAddress, pace: Pace, rtsp_port: int = 554) -> None:
        self._address = address
        self._pace = pace
        self._rtsp_port = rtsp_port

    async def list_channels(self) -> list[Channel]:
        """All streams that are there now, once each.

        Raises
        ------
        OutsideError
            If it cannot be reached, refuses, or answers something else.
        """
        answer = await self._ask("getMediaList", schema="rtsp")
        rows = answer.get("data", [])
        if not isinstance(rows, list):
            raise OutsideError(f"gateway {self._address.name}: its list of streams is none")
        found = {}
        for row in rows:
            app, stream = (
                (text(row.get("app")), text(row.get("stream")))
                if isinstance(row, dict)
                else ("", "")
            )
            if app and stream:
                name = f"{app}/{stream}"
                url = (
                    f"gb28181://{self._address.name}/{quote(app, safe='')}/{quote(stream, safe='')}"
                )
                found[name] = Channel(name, name, url, online=True)
        return list(found.values())

    async def stream_address(self, url: str) -> str:
        """Look whether the stream is there and tell where it is played."""
        app, _, stream = urlsplit(url).path.strip("/").partition("/")
        await self._pace.wait()
        query = {
            "schema": "rtsp",
            "vhost": "__defaultVhost__",
            "app": unquote(app),
            "stream": unquote(stream),
        }
        answer = await self._ask("isMediaOnline", **query)
        if not answer.get("online"):
            raise GatewayTimeoutError(
                f"gateway {self._address.name}: nobody sends the stream {app}/{stream}"
            )
        host = urlsplit(self._address.url).hostname or ""
        shown = f"[{host}]" if ":" in host else host
        return f"rtsp://{shown}:{self._rtsp_port}/{app}/{stream}"

    async def _ask(self, name: str, **query: str) -> dict[str, Any]:
        key = {"secret": self._address.key} if self._address.key else {}
        answer = await ask(self._address, f"/index/api/{name}", {**query, **key})
        code = answer.get("code")
        if code == REFUSED:
            raise OutsideError(f"gateway {self._address.name}: refuses our secret")
        if code not in {0, NOT_FOUND}:
            raise OutsideError(
                f"gateway {self._address.name}: {name}: {code}: {text(answer.get('msg'))}"
            )
        return answer
