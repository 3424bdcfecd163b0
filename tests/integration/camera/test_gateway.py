"""WVP-PRO and ZLMediaKit, asked for channels and streams; honest, slow and hostile answers."""

import asyncio
from collections.abc import Iterator

import pytest

from patrol.camera.arrivals import FeedSettings
from patrol.camera.feed import Sink
from patrol.camera.gateway.channel import GatewayTimeoutError
from patrol.camera.gateway.resolve import Resolvers, make_resolvers
from patrol.camera.loop import CameraLoop
from patrol.config.schema import Cameras, Gateway, GatewayKind
from patrol.demo.loopback_camera import LoopbackCameras
from patrol.model.camera import CameraHealth, CameraState
from patrol.model.errors import InputError, OutsideError
from patrol.model.place import Place
from tests.integration.camera.conftest import Watching, make_camera, order, utc_now
from tests.integration.camera.gateway_server import (
    KEY,
    GatewayServer,
    gateway_server,
    make_channel,
)
from tests.integration.camera.test_feed_faults import wait_until

pytestmark = pytest.mark.slow

CODE = "44010600001310000007"


@pytest.fixture
def server() -> Iterator[GatewayServer]:
    with gateway_server() as state:
        yield state


def resolvers(server: GatewayServer, kind: GatewayKind, **more: object) -> Resolvers:
    entry = Gateway.model_validate(
        {
            "name": "county",
            "kind": kind,
            "url": server.url,
            "secret": "gw",
            "start_gap_s": 0,
            **more,
        }
    )
    secrets = {"gw": KEY}
    return make_resolvers(Cameras(gateways=(entry,)), secrets.get)


def test_wvps_channels_are_listed_page_by_page(server: GatewayServer) -> None:
    server.channels = [make_channel(n, f"4401060000131{n:07}") for n in range(1, 451)]
    server.channels[0] |= {"gbLongitude": 114.1, "gbLatitude": 22.6, "gbDirectionType": 5}
    server.channels[1] |= {"gbStatus": "OFF", "gbLongitude": 0, "gbLatitude": 0}
    server.channels[2]["gbDeviceId"] = None
    found = asyncio.run(resolvers(server, GatewayKind.WVP).list_channels("county"))
    assert len(found) == 449
    assert found[0].place == Place(114.1, 22.6)
    assert found[0].heading_deg == 135.0
    assert found[0].url == "gb28181://county/44010600001310000001"
    assert (found[1].online, found[1].place) == (False, None)
    assert server.asked.count("/api/common/channel/list") == 3


def test_zlmediakits_streams_are_listed_and_played(server: GatewayServer) -> None:
    server.streams = [{"app": "rtp", "stream": "gate", "schema": "rtsp"}] * 2
    zlm = resolvers(server, GatewayKind.ZLMEDIAKIT, rtsp_port=8554)
    (channel,) = asyncio.run(zlm.list_channels("county"))
    assert channel.url == "gb28181://county/rtp/gate"
    assert asyncio.run(zlm.stream_address(channel.url)) == "rtsp://127.0.0.1:8554/rtp/gate"
    with pytest.raises(GatewayTimeoutError, match="nobody sends"):
        asyncio.run(zlm.stream_address("gb28181://county/rtp/square"))


@pytest.mark.parametrize("code", [486, 408, -1, -2])
def test_silent_camera_behind_the_gateway_is_told_apart(server: GatewayServer, code: int) -> None:
    server.channels, server.fail = [make_channel(7, CODE)], (code, "收流超时")
    with pytest.raises(GatewayTimeoutError, match="收流超时"):
        asyncio.run(resolvers(server, GatewayKind.WVP).stream_address(f"gb28181://county/{CODE}"))


def test_channel_and_gateway_that_are_not_there_are_named(server: GatewayServer) -> None:
    wvp = resolvers(server, GatewayKind.WVP)
    with pytest.raises(OutsideError, match=f"has no channel {CODE}"):
        asyncio.run(wvp.stream_address(f"gb28181://county/{CODE}"))
    with pytest.raises(InputError, match=r"no 'town' \(there are: county\)"):
        asyncio.run(wvp.stream_address("gb28181://town/1"))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"<html>", "no JSON"),
        (b"[1]", "no JSON object"),
        (b"[" * 100_000, "no JSON"),
        (b'{"code": 0, "data": {"list": 3}}', "is none"),
        (b'{"code": 500, "msg": "a\\nb"}', "500: a b"),
        (b" " * (5 << 20), "more than"),
    ],
)
def test_strange_answer_is_a_plain_error(server: GatewayServer, raw: bytes, message: str) -> None:
    server.raw = raw
    with pytest.raises(OutsideError, match=message) as error:
        asyncio.run(resolvers(server, GatewayKind.WVP).list_channels("county"))
    assert KEY not in str(error.value)


def test_gateways_redirect_is_not_followed_and_key_is_not_shown(server: GatewayServer) -> None:
    server.redirect = "http://127.0.0.1:1/"
    for kind in GatewayKind:
        gateways = resolvers(server, kind)
        with pytest.raises(OutsideError, match="redirects elsewhere") as error:
            asyncio.run(gateways.list_channels("county"))
        assert KEY not in str(error.value) + repr(gateways)


def test_starts_are_spread_out(server: GatewayServer) -> None:
    server.channels, server.rtsp = [make_channel(7, CODE)], "rtsp://127.0.0.1:9/rtp/{n}"
    wvp = resolvers(server, GatewayKind.WVP, start_gap_s=0.2)

    async def start_all() -> float:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        url = f"gb28181://county/{CODE}"
        await asyncio.gather(*(wvp.stream_address(url) for _ in range(6)))
        return loop.time() - began_s

    # Five gaps between six starts: the clock can only make it longer.
    assert asyncio.run(start_all()) >= 1.0
    assert server.starts == 6


@pytest.fixture
def watching_gateway(server: GatewayServer) -> Iterator[Watching]:
    states: list[CameraHealth] = []
    settings = FeedSettings(
        timeout_s=1.0,
        backoff_max_s=1.0,
        width_px=320,
        report_s=1.0,
        resolvers=resolvers(server, GatewayKind.WVP),
    )
    loop = CameraLoop(settings, Sink(lambda _: None, states.append, lambda _: None), utc_now)
    loop.start()
    yield Watching(loop, states)
    loop.stop()


def test_stream_is_resolved_anew_at_each_connection(
    server: GatewayServer, watching_gateway: Watching, cameras: LoopbackCameras
) -> None:
    server.channels = [make_channel(7, CODE)]
    # A stream's address holds for one start only, as that of a gateway does.
    server.rtsp = f"rtsp://127.0.0.1:{cameras.port}/gate?start={{n}}"
    watching_gateway.loop.watch(order(make_camera("gate", f"gb28181://county/{CODE}")))
    wait_until(lambda: watching_gateway.state("gate") is CameraState.ONLINE)
    before = server.starts
    cameras.tell("gate", "drop")
    wait_until(lambda: cameras.started("gate") >= 2)
    wait_until(lambda: watching_gateway.state("gate") is CameraState.ONLINE)
    assert server.starts > before


def test_gateways_time_out_is_a_state_and_ends(
    server: GatewayServer, watching_gateway: Watching, cameras: LoopbackCameras
) -> None:
    server.channels, server.fail = [make_channel(7, CODE)], (486, "超时或无响应")
    server.rtsp = cameras.url("gate")
    watching_gateway.loop.watch(order(make_camera("gate", f"gb28181://county/{CODE}")))
    wait_until(lambda: watching_gateway.state("gate") is CameraState.GATEWAY_TIMEOUT)
    server.fail = None
    wait_until(lambda: watching_gateway.state("gate") is CameraState.ONLINE)


@pytest.mark.parametrize(
    "told",
    ["file:///etc/passwd", "rtsp://169.254.169.254/latest", "rtsp://8.8.8.8/x", "gopher://a"],
)
def test_stream_that_a_gateway_tells_goes_through_the_same_check(
    server: GatewayServer, watching_gateway: Watching, told: str
) -> None:
    server.channels, server.rtsp = [make_channel(7, CODE)], told
    watching_gateway.loop.watch(order(make_camera("gate", f"gb28181://county/{CODE}")))
    wait_until(lambda: server.starts >= 2)
    assert watching_gateway.state("gate") is CameraState.NO_SIGNAL
