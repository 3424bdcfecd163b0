from collections.abc import Iterable
from typing import Any

import pytest

from patrol.model.access import Role
from patrol.usecase.access import Caller
from patrol.web.gate import NoProxy, Origins, SocketGate

DING = Caller("ding", Role.DISPATCHER, session="s")
PHONE = Caller("unit:F01", None, unit_id="F01", device="abc")
HOME = "http://patrol.example:8000"


class Inner:
    """What stands behind the gate; counts who reaches it."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.seen.append(environ)
        start_response("200 OK", [])
        return [b"inside"]


def knock(
    caller: Caller | None,
    *,
    path: str = "/socket.io/",
    query: str = "EIO=4&transport=websocket",
    origin: str | None = HOME,
    listed: tuple[str, ...] = (),
    **more: str,
) -> tuple[str, Inner]:
    inner = Inner()
    gate = NoProxy(
        SocketGate(inner, find_caller=lambda _: caller, origins=Origins(listed))  # type: ignore[arg-type]
    )
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_UPGRADE": "websocket",
        "HTTP_HOST": "patrol.example:8000",
        "wsgi.url_scheme": "http",
        **more,
    }
    if origin is not None:
        environ["HTTP_ORIGIN"] = origin
    told: list[str] = []
    list(gate(environ, lambda status, _headers, _exc=None: told.append(status)))  # type: ignore[arg-type, func-returns-value]
    return told[0], inner


def test_a_dispatcher_from_our_own_page_passes() -> None:
    status, inner = knock(DING)
    assert status == "200 OK"
    assert len(inner.seen) == 1


@pytest.mark.parametrize("path", ["/socket.io/", "/socket.io", "//socket.io/", "/SOCKET.IO/x"])
def test_a_stranger_gets_401_and_engine_io_hears_nothing(path: str) -> None:
    status, inner = knock(None, path=path)
    assert status.startswith("401")
    assert inner.seen == []


def test_a_stranger_who_polls_gets_401_too_and_not_a_hint_about_transports() -> None:
    status, _ = knock(None, query="EIO=4&transport=polling")
    assert status.startswith("401")


def test_other_paths_are_none_of_the_gates_business() -> None:
    status, inner = knock(None, path="/map")
    assert status == "200 OK"
    assert len(inner.seen) == 1


@pytest.mark.parametrize(
    "query",
    ["EIO=4&transport=polling", "EIO=4", "EIO=4&transport=websocket&sid=stolen", "transport=x"],
)
def test_only_a_fresh_websocket_passes(query: str) -> None:
    status, inner = knock(DING, query=query)
    assert status.startswith("400")
    assert inner.seen == []


def test_a_websocket_query_without_an_upgrade_is_refused() -> None:
    status, _ = knock(DING, HTTP_UPGRADE="")
    assert status.startswith("400")


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "https://patrol.example:8000",
        "http://patrol.example",
        "http://patrol.example:8000.evil.example",
        "http://patrol.example:8000@evil.example",
        "http://patrol.example:99999",
        "file://",
        "",
    ],
)
def test_a_foreign_or_missing_origin_is_refused(origin: str | None) -> None:
    status, inner = knock(DING, origin=origin)
    assert status.startswith("403")
    assert inner.seen == []


def test_a_forged_forwarded_host_does_not_make_a_foreign_origin_ours() -> None:
    status, _ = knock(
        DING,
        origin="http://evil.example",
        HTTP_X_FORWARDED_HOST="evil.example",
        HTTP_X_FORWARDED_PROTO="http",
        HTTP_FORWARDED="host=evil.example",
    )
    assert status.startswith("403")


def test_without_a_proxy_nobody_inside_sees_forwarded_headers() -> None:
    _, inner = knock(DING, HTTP_X_FORWARDED_FOR="10.0.0.1", HTTP_X_FORWARDED_HOST="evil.example")
    assert not [name for name in inner.seen[0] if "FORWARDED" in name]


def test_a_list_of_origins_replaces_our_own_address() -> None:
    listed = ("https://county.example",)
    assert knock(DING, origin="https://county.example:443", listed=listed)[0] == "200 OK"
    assert knock(DING, origin=HOME, listed=listed)[0].startswith("403")


def test_a_device_with_a_token_needs_no_origin() -> None:
    assert knock(PHONE, origin=None)[0] == "200 OK"


def test_the_websocket_is_opened_with_get_only() -> None:
    assert knock(DING, REQUEST_METHOD="POST")[0].startswith("405")
