"""HTTP cameras: snapshots, MJPEG and HLS from a small server on loopback, honest and hostile."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from patrol.camera.address import check_address
from patrol.camera.arrivals import FeedSettings, arrivals
from patrol.camera.clip import Clip
from patrol.model.errors import InputError, OutsideError

pytestmark = pytest.mark.slow

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answers: dict[str, Answer]) -> Iterator[tuple[str, list[str]]]:
    """A web server; gives its address and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answer = answers.get(self.path)
            if answer is None:
                self.send_error(404)
            else:
                answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def body(kind: str, data: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def jpeg(level: int) -> bytes:
    picture = np.full((120, 160, 3), level, dtype=np.uint8)
    return bytes(cv2.imencode(".jpg", picture)[1])


def segment(clip: Path, folder: Path, start: int, frames: int) -> bytes:
    """Some frames of a clip as an MPEG transport stream."""
    path = folder / f"{start}.ts"
    pictures = [f.picture.frame for f in Clip(clip).frames()][start : start + frames]
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency"}
        for picture in pictures:
            picture.pts = None
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path.read_bytes()


def watch(url: str, pictures: int, timeout_s: float = 1.0) -> list[tuple[int, int, float]]:
    """Sizes and times of the first pictures."""

    async def collect() -> list[tuple[int, int, float]]:
        found = []
        address = check_address(url, networks=("127.0.0.0/8",))
        settings = FeedSettings(timeout_s=timeout_s)
        async with aclosing(arrivals(address, settings)) as coming:
            async for arrival in coming:
                found.append((*arrival.picture.size_px, arrival.t_s))
                arrival.picture.gray(160)
                if len(found) >= pictures:
                    break
        return found

    return asyncio.run(collect())


def test_snapshots_are_asked_for_again_and_again() -> None:
    with serving({"/snap.jpg": body("image/jpeg", jpeg(100))}) as (url, asked):
        found = watch(f"{url}/snap.jpg", 3)
    assert [size[:2] for size in found] == [(160, 120)] * 3
    assert len(asked) == 3


def test_motion_jpeg_is_cut_into_pictures() -> None:
    def stream(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=--b")
        handler.end_headers()
        for level in range(100, 110):
            # The boundary is not the one that was told, as with many cameras.
            handler.wfile.write(b"--other\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg(level))
            handler.wfile.flush()
            time.sleep(0.02)

    with serving({"/live": stream}) as (url, _):
        assert len(watch(f"{url}/live", 10)) == 10
        with pytest.raises(OutsideError, match="closed the connection"):
            watch(f"{url}/live", 11)


def test_hls_is_played_from_its_newest_segment(street_clip: Path, tmp_path: Path) -> None:
    lists = (
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nold.ts\n#EXTINF:1,\na.ts\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n#EXTINF:1,\nb.ts\n",
    )
    given = iter(lists)

    def playlist(handler: BaseHTTPRequestHandler) -> None:
        body("application/vnd.apple.mpegurl", next(given, lists[1]).encode())(handler)

    answers = {
        "/master.m3u8": body(
            "application/x-mpegurl",
            b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000\nbig.m3u8\n"
            b"#EXT-X-STREAM-INF:BANDWIDTH=100000\nlive.m3u8\n",
        ),
        "/live.m3u8": playlist,
        "/a.ts": body("video/mp2t", segment(street_clip, tmp_path, 0, 25)),
        "/b.ts": body("video/mp2t", segment(street_clip, tmp_path, 25, 25)),
    }
    with serving(answers) as (url, asked):
        found = watch(f"{url}/master.m3u8", 40)
    assert {size[:2] for size in found} == {(320, 240)}
    times = [t_s for *_, t_s in found]
    assert times == sorted(times)
    assert "/old.ts" not in asked
    assert "/big.m3u8" not in asked


def test_hostile_playlist_reaches_neither_files_nor_other_hosts(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(b"G" * 1_000)
    with serving({}) as (canary, asked_canary):
        port = canary.rpartition(":")[2]
        for name in (
            f"file://{secret}",
            "file:///etc/passwd",
            f"concat:{secret}|{secret}",
            f"http://[::ffff:127.0.0.1]:{port}/x.ts",
            f"http://localhost.localdomain:{port}/x.ts",
            "http://169.254.169.254/latest",
            "gopher://127.0.0.1/x",
        ):
            text = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{name}\n"
            answers = {"/live.m3u8": body("application/x-mpegurl", text.encode())}
            with serving(answers) as (url, _), pytest.raises((InputError, OutsideError)):
                # The feed may reach 127.0.0.1 only under the address that was checked.
                watch_as("10.0.0.0/8", f"{url}/live.m3u8")
        assert asked_canary == []


def watch_as(network: str, url: str) -> None:
    """Watch a server on loopback as if further addresses had to lie in another network."""

    async def collect() -> None:
        address = check_address(url, networks=("127.0.0.0/8",))
        settings = FeedSettings(timeout_s=1.0, networks=(network,))
        async with aclosing(arrivals(address, settings)) as coming:
            async for _ in coming:
                raise AssertionError("a hostile playlist gave a picture")

    asyncio.run(collect())


def test_segment_that_is_a_playlist_opens_nothing(tmp_path: Path) -> None:
    with serving({}) as (canary, asked_canary):
        inner = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{canary}/x.ts\n"
        outer = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ninner.ts\n"
        answers = {
            "/live.m3u8": body("application/x-mpegurl", outer.encode()),
            "/inner.ts": body("video/mp2t", inner.encode()),
        }
        with serving(answers) as (url, _), pytest.raises(OutsideError, match="no picture"):
            watch(f"{url}/live.m3u8", 1)
        assert asked_canary == []


def test_redirects_silence_and_nonsense_are_told_apart() -> None:
    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", "/snap.jpg")
        handler.end_headers()

    def silence(_: BaseHTTPRequestHandler) -> None:
        time.sleep(1.0)

    answers = {
        "/redirect": redirect,
        "/silence": silence,
        "/text": body("text/html", b"<html>hello</html>"),
        "/empty": body("image/jpeg", b""),
        "/snap.jpg": body("image/jpeg", jpeg(100)),
    }
    with serving(answers) as (url, asked):
        for path, message in (
            ("/redirect", "redirects are not followed"),
            ("/silence", "no answer within"),
            ("/text", "is no picture"),
            ("/empty", "is no picture"),
            ("/none", "answers with 404"),
        ):
            with pytest.raises(OutsideError, match=message):
                watch(url + path, 1, timeout_s=0.5)
    assert "/snap.jpg" not in asked


def test_password_is_given_when_asked_for() -> None:
    seen: list[str] = []

    def guarded(handler: BaseHTTPRequestHandler) -> None:
        given = handler.headers.get("Authorization", "")
        seen.append(given)
        if given:
            body("image/jpeg", jpeg(90))(handler)
        else:
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", 'Digest realm="cam", nonce="n", qop="auth"')
            handler.end_headers()

    with serving({"/snap.jpg": guarded}) as (url, _):
        assert watch(url.replace("//", "//ding:secret@") + "/snap.jpg", 1)
        with pytest.raises(OutsideError, match="refuses user"):
            watch(url + "/snap.jpg", 1)
    assert seen[0] == ""
    assert seen[1].startswith('Digest username="ding"')
    assert "secret" not in seen[1]
