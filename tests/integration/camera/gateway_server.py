"""A small WVP-PRO and ZLMediaKit in one: it answers as their interface descriptions say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integration.camera.http_server import QuietHandler, answering

KEY = "key-of-ding"


@dataclass(slots=True)
class GatewayServer:
    """What it has, and what it was asked."""

    url: str = ""
    channels: list[dict[str, Any]] = field(default_factory=list)
    streams: list[dict[str, Any]] = field(default_factory=list)
    rtsp: str = ""
    """What a start of a stream answers; ``{n}`` is the number of the start."""
    fail: tuple[int, str] | None = None
    """Code and message that the next starts answer."""
    raw: bytes | None = None
    """What every answer's body is instead."""
    redirect: str = ""
    starts: int = 0
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, query: dict[str, str], key: str) -> dict[str, Any]:
        """One answer."""
        if path.startswith("/index/api/"):
            return self._zlm(path.removeprefix("/index/api/"), query)
        if key != KEY:
            return {"code": 401, "msg": "请登录后重新请求", "data": None}
        if path == "/api/common/channel/list":
            return self._page(query)
        if path == "/api/common/channel/play":
            return self._play(int(query["channelId"]))
        return {"code": 404, "msg": "资源未找到", "data": None}

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        wanted = query.get("query", "")
        rows = [c for c in self.channels if wanted in str(c["gbDeviceId"])]
        page, count = int(query["page"]), int(query["count"])
        part = rows[(page - 1) * count : page * count]
        data = {"total": len(rows), "list": part, "pageNum": page, "pageSize": count}
        return {"code": 0, "msg": "成功", "data": data}

    def _play(self, channel_id: int) -> dict[str, Any]:
        self.starts += 1
        if self.fail is not None:
            return {"code": self.fail[0], "msg": self.fail[1], "data": None}
        if all(channel["gbId"] != channel_id for channel in self.channels):
            return {"code": 100, "msg": "通道不存在", "data": None}
        data = {
            "app": "rtp",
            "stream": f"s{self.starts}",
            "ip": "127.0.0.1",
            "flv": "http://127.0.0.1:9/rtp/s.live.flv",
            "rtsp": self.rtsp.format(n=self.starts),
        }
        return {"code": 0, "msg": "成功", "data": data}

    def _zlm(self, name: str, query: dict[str, str]) -> dict[str, Any]:
        if query.get("secret") != KEY:
            return {"code": -100, "msg": "Incorrect secret"}
        if name == "getMediaList":
            return {"code": 0, "data": self.streams}
        if name == "isMediaOnline":
            self.starts += 1
            online = any(
                (s["app"], s["stream"]) == (query["app"], query["stream"]) for s in self.streams
            )
            return {"code": 0, "online": online}
        return {"code": -1, "msg": "no such api"}


def make_channel(number: int, code: str, **extra: Any) -> dict[str, Any]:
    """A row of WVP's list of channels."""
    return {
        "gbId": number,
        "gbDeviceId": code,
        "gbName": f"路口{number}",
        "gbStatus": "ON",
        **extra,
    }


@contextmanager
def gateway_server() -> Iterator[GatewayServer]:
    """Run it on a free port of loopback."""
    state = GatewayServer()

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
            parts = urlsplit(self.path)
            state.asked.append(parts.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = state.raw
            if body is None:
                answer = state.answer(parts.path, query, self.headers.get("api-key", ""))
                body = json.dumps(answer).encode()
            self.reply(200, "application/json", body, state.redirect)

    with answering(Handler) as port:
        state.url = f"http://127.0.0.1:{port}"
        yield state
