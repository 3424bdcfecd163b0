from pathlib import Path

import pytest

from patrol.camera.address import SourceKind, check_address, check_operator_source, shown_url
from patrol.model.errors import InputError

NETWORKS = ("10.0.0.0/8", "192.168.0.0/16")
NAMES = {
    "cam.county": ["10.1.2.3"],
    "inner.county": ["127.0.0.1"],
    "metadata.county": ["169.254.169.254"],
    "public.example": ["93.184.216.34"],
    "mixed.county": ["127.0.0.1", "10.9.9.9"],
    "mapped.county": ["::ffff:127.0.0.1"],
    "nowhere.county": [],
    "2130706433": ["127.0.0.1"],
    "0x7f000001": ["127.0.0.1"],
    "0177.0.0.1": ["127.0.0.1"],
    "127.1": ["127.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
}


def resolve(host: str) -> list[str]:
    return NAMES.get(host, [host])


HOSTILE = [
    "",
    "cam.county",
    "//cam.county/live",
    "/etc/passwd",
    "file:///etc/passwd",
    "file://cam.county/etc/passwd",
    "FILE:///etc/passwd",
    "concat:/etc/passwd|/etc/hosts",
    "subfile,,start,0,end,100,,:/etc/passwd",
    "gopher://10.0.0.1:70/_x",
    "ftp://10.0.0.1/clip.mp4",
    "tcp://10.0.0.1:22",
    "udp://10.0.0.1:5000",
    "rtp://10.0.0.1:5000",
    "rtmp://10.0.0.1/live",
    "data:video/mp4;base64,AAAA",
    "crypto:rtsp://10.0.0.1/",
    "pipe:0",
    "async:file:/etc/passwd",
    "cache:http://10.0.0.1/",
    "javascript:alert(1)",
    "rtsp://",
    "rtsp:///live",
    "rtsp://:554/live",
    "rtsp://127.0.0.1/live",
    "rtsp://localhost/live",
    "rtsp://inner.county/live",
    "rtsp://2130706433/live",
    "rtsp://0x7f000001/live",
    "rtsp://0177.0.0.1/live",
    "rtsp://127.1/live",
    "rtsp://0.0.0.0/live",
    "rtsp://[::1]/live",
    "rtsp://[::]/live",
    "rtsp://[::ffff:127.0.0.1]/live",
    "rtsp://[::ffff:7f00:1]/live",
    "rtsp://[fe80::1]/live",
    "rtsp://mapped.county/live",
    "rtsp://224.0.0.1/live",
    "rtsp://nowhere.county/live",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.county/",
    "http://public.example/live.m3u8",
    "https://8.8.8.8/x.jpg",
    "rtsp://10.0.0.1@127.0.0.1/live",
    "rtsp://10.0.0.1#@127.0.0.1/live",
    "rtsp://10.0.0.1:0/live",
    "rtsp://10.0.0.1:99999/live",
    "rtsp://10.0.0.1:port/live",
    "rtsp://10.0.0.1\\@127.0.0.1/live",
    "rtsp://10.0.0.1/live\r\nSETUP rtsp://127.0.0.1/ RTSP/1.0",
    "rtsp://10.0.0.1/a b",
    "rtsp://10.0.0.1/\x00",
    "rtsp://[10.0.0.1/live",
    "rtsp://10.0.0.1%25eth0/live",
    "rtsp://10.0.0.1/" + "a" * 3_000,
]


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_address_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        check_address(url, networks=NETWORKS, resolve=resolve)


def test_metadata_service_stays_refused_where_everything_is_allowed() -> None:
    with pytest.raises(InputError, match=r"169\.254\.169\.254"):
        check_address("http://metadata.county/", networks=("0.0.0.0/0",), resolve=resolve)


def test_feed_connects_to_the_very_address_that_was_checked() -> None:
    asked = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return ["10.1.2.3"] if len(asked) == 1 else ["127.0.0.1"]

    address = check_address("rtsp://cam.county/live?x=1", networks=NETWORKS, resolve=rebinding)
    assert (address.ip, address.port, address.target) == ("10.1.2.3", 554, "/live?x=1")
    assert address.url == "rtsp://cam.county:554/live?x=1"
    assert asked == ["cam.county"]


def test_host_with_one_allowed_address_is_reached_there() -> None:
    address = check_address("rtsp://mixed.county/", networks=NETWORKS, resolve=resolve)
    assert address.ip == "10.9.9.9"


def test_password_is_neither_shown_nor_printed() -> None:
    url = "rtsp://admin:p%40ss@cam.county:8554/live"
    address = check_address(url, networks=NETWORKS, resolve=resolve)
    assert (address.user, address.password) == ("admin", "p@ss")
    for text in (address.shown, repr(address), str(address), address.url):
        assert "p@ss" not in text
        assert "p%40ss" not in text
    assert address.shown == "rtsp://admin:***@cam.county:8554/live"


def test_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(InputError) as refusal:
        check_address("ftp://u:secret@cam.county/", networks=NETWORKS, resolve=resolve)
    assert "secret" not in str(refusal.value)


def test_secret_store_wins_over_the_address() -> None:
    address = check_address(
        "rtsp://a:b@cam.county/", networks=NETWORKS, credentials=("c", "d"), resolve=resolve
    )
    assert (address.user, address.password) == ("c", "d")


def test_shown_address_cannot_forge_a_log_line() -> None:
    assert "\n" not in shown_url("rtsp://cam/\nERROR all is lost")


def test_file_outside_the_one_folder_is_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "clips", tmp_path / "secret.mp4"
    inside.mkdir()
    outside.write_bytes(b"x")
    (inside / "link.mp4").symlink_to(outside)
    (inside / "gate.mp4").write_bytes(b"x")
    for url in (
        f"file://{outside}",
        f"file://{inside}/../secret.mp4",
        f"file://{inside}/%2e%2e/secret.mp4",
        f"file://{inside}/link.mp4",
        f"file://{inside}",
        "file:///gate.mp4%00",
    ):
        with pytest.raises(InputError, match="file"):
            check_address(url, networks=NETWORKS, file_dir=inside)
    for url in (f"file://{inside}/gate.mp4", "file:///gate.mp4"):
        address = check_address(url, networks=NETWORKS, file_dir=inside)
        assert address.kind is SourceKind.FILE
        assert address.path == inside / "gate.mp4"


def test_operator_may_name_any_file_but_not_a_missing_one(tmp_path: Path) -> None:
    clip = tmp_path / "clip.avi"
    clip.write_bytes(b"x")
    assert check_operator_source(str(clip)).path == clip
    with pytest.raises(InputError, match="no such file"):
        check_operator_source(str(tmp_path / "none.avi"))
