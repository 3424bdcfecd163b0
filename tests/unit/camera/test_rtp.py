import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.camera.address import Address, SourceKind
from patrol.camera.decode import Decoder
from patrol.camera.desk import Pressure
from patrol.camera.rtp import Depacketizer, EncodedPicture
from patrol.camera.rtsp import authorize, best_challenge, parse_description, take_packets
from patrol.camera.timing import Backoff, SteadyClock
from patrol.demo.stream_clip import LARGEST_PAYLOAD, fragments, split_nals
from patrol.model.errors import OutsideError

START = b"\x00\x00\x00\x01"


def packet(payload: bytes, *, sequence: int, rtp_time: int = 0, marker: bool = False) -> bytes:
    head = bytes((0x80, (0x80 if marker else 0) | 96)) + sequence.to_bytes(2, "big")
    return head + rtp_time.to_bytes(4, "big") + b"ssrc" + payload


def feed_all(codec: str, packets: list[bytes]) -> list[EncodedPicture]:
    depacketizer = Depacketizer(codec)
    return [picture for each in packets for picture in depacketizer.feed(each)]


@given(st.binary(min_size=1, max_size=5_000))
def test_what_is_cut_into_fragments_comes_together_again(content: bytes) -> None:
    nal = b"\x65" + content
    payloads = fragments(nal)
    assert all(len(payload) <= LARGEST_PAYLOAD + 2 for payload in payloads)
    last = len(payloads) - 1
    packets = [packet(p, sequence=i, marker=i == last) for i, p in enumerate(payloads)]
    (picture,) = feed_all("h264", packets)
    assert picture.data == START + nal
    assert picture.is_key


def test_several_units_in_one_packet_are_taken_apart() -> None:
    stap = b"\x18" + b"\x00\x03\x67aa" + b"\x00\x02\x68b"
    packets = [packet(stap, sequence=1), packet(b"\x65cc", sequence=2, marker=True)]
    (picture,) = feed_all("h264", packets)
    assert picture.data == START + b"\x67aa" + START + b"\x68b" + START + b"\x65cc"


def test_h265_fragments_and_bundles_come_together() -> None:
    bundle = b"\x60\x01" + b"\x00\x03\x40\x01v" + b"\x00\x03\x42\x01s"
    first, last = b"\x62\x01\x93aa", b"\x62\x01\x53bb"
    packets = [
        packet(bundle, sequence=1),
        packet(first, sequence=2),
        packet(last, sequence=3, marker=True),
    ]
    (picture,) = feed_all("hevc", packets)
    assert picture.data == START + b"\x40\x01v" + START + b"\x42\x01s" + START + b"\x26\x01aabb"
    assert picture.is_key


def test_new_time_ends_a_picture_whose_last_packet_was_lost() -> None:
    packets = [
        packet(b"\x41aa", sequence=1, rtp_time=10),
        packet(b"\x41bb", sequence=3, rtp_time=20, marker=True),
    ]
    assert [picture.rtp_time for picture in feed_all("h264", packets)] == [10, 20]


def test_rest_of_a_unit_is_left_out_after_a_lost_piece() -> None:
    parts = fragments(b"\x65" + bytes(4_000))
    packets = [packet(parts[0], sequence=1), packet(parts[2], sequence=3, marker=True)]
    (picture,) = feed_all("h264", packets)
    assert len(picture.data) == len(START) + 1 + LARGEST_PAYLOAD


def test_endless_picture_is_refused() -> None:
    packets = [packet(b"\x41" + bytes(60_000), sequence=sequence) for sequence in range(300)]
    with pytest.raises(OutsideError, match="more than"):
        feed_all("h264", packets)


@given(st.lists(st.binary(max_size=200), max_size=30), st.sampled_from(["h264", "hevc"]))
def test_any_bytes_are_borne(packets: list[bytes], codec: str) -> None:
    decoder = Decoder(codec)
    for picture in feed_all(codec, packets):
        decoder.decode(EncodedPicture(picture.data, 0, is_key=True))


@given(st.binary(max_size=300), st.integers(1, 40))
def test_packets_are_found_however_the_bytes_arrive(payload: bytes, piece: int) -> None:
    def framed(channel: int, data: bytes) -> bytes:
        return b"$" + bytes((channel,)) + len(data).to_bytes(2, "big") + data

    answer = b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nContent-Length: 3\r\n\r\nabc"
    stream = framed(0, payload) + answer + framed(1, b"report") + framed(0, b"last")
    buffer, found = bytearray(), []
    for at in range(0, len(stream), piece):
        buffer += stream[at : at + piece]
        found += take_packets(buffer)
    assert found == [payload, b"last"]
    assert not buffer


@pytest.mark.parametrize("damage", [b"HTTP/1.1 200 OK", b"\x00\x00\x00\x00", b"RTSP" * 40_000])
def test_damaged_stream_is_told(damage: bytes) -> None:
    with pytest.raises(OutsideError):
        take_packets(bytearray(damage))


SDP = (
    "v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:track1\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 {codec}/90000\r\n"
    "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAHg==,aM48gA==\r\n"
    "a=control:{control}\r\n"
)


def test_description_gives_codec_parameter_sets_and_control() -> None:
    text = SDP.format(codec="H264", control="track2")
    stream = parse_description(text, "rtsp://cam/live")
    assert (stream.codec, stream.clock_hz) == ("h264", 90_000)
    assert stream.control == "rtsp://cam/live/track2"
    assert stream.parameter_sets.count(START) == 2
    assert parse_description(SDP.format(codec="H265", control="*"), "rtsp://cam/x").codec == "hevc"


@pytest.mark.parametrize(
    ("base", "control", "expected"),
    [
        ("rtsp://cam/live/", "trackID=0", "rtsp://cam/live/trackID=0"),
        ("rtsp://cam/a?channel=1&subtype=1", "t0", "rtsp://cam/a?channel=1&subtype=1/t0"),
        ("rtsp://cam/a?channel=1/", "/t0", "rtsp://cam/a?channel=1/t0"),
        ("rtsp://cam/live", "rtsp://cam/live/t0", "rtsp://cam/live/t0"),
        ("rtsp://cam/live", "*", "rtsp://cam/live"),
    ],
)
def test_control_is_appended_to_the_address(base: str, control: str, expected: str) -> None:
    text = SDP.format(codec="H264", control=control)
    assert parse_description(text, base).control == expected


def test_description_without_video_that_we_read_says_what_there_is() -> None:
    with pytest.raises(OutsideError, match="offers JPEG"):
        parse_description(SDP.format(codec="JPEG", control="t"), "rtsp://cam/live")
    with pytest.raises(OutsideError, match="no video"):
        parse_description("v=0\r\n", "rtsp://cam/live")


def address(user: str, password: str) -> Address:
    return Address(SourceKind.RTSP, "", "h", "127.0.0.1", 554, "/", user=user, password=password)


def test_digest_is_that_of_the_standards_example() -> None:
    # RFC 2069's example as its errata 749 corrects it.
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    mufasa = address("Mufasa", "CircleOfLife")
    answer = authorize(challenge, "GET", "/dir/index.html", mufasa)
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in answer


def test_strongest_challenge_is_answered() -> None:
    offered = ['Basic realm="x"', 'Digest realm="x", nonce="1"']
    assert best_challenge(offered).startswith("Digest")
    strong = 'Digest realm="x", nonce="1", algorithm=SHA-256, qop="auth"'
    assert best_challenge([*offered, strong]) == strong
    answer = authorize(strong, "PLAY", "rtsp://h/", address("a", "b"))
    assert "algorithm=SHA-256" in answer
    assert "nc=00000001" in answer
    assert authorize('Basic realm="x"', "PLAY", "/", address("a", "b")) == "Basic YTpi"


def test_steady_clock_follows_the_stream_and_survives_leaps() -> None:
    clock = SteadyClock(90_000)
    times = [clock.take(i * 9_000, 50 + i / 10 + (0.05 if i % 2 else 0)) for i in range(50)]
    steps = [b - a for a, b in pairwise(times)]
    assert max(steps) < 0.11
    assert min(steps) > 0.09
    leapt = clock.take(4_000_000_000, 55.0)
    assert abs(leapt - 55.0) < 0.3
    assert clock.take(100, 55.1) >= leapt


def test_pauses_double_up_to_the_limit_and_differ() -> None:
    backoff = Backoff(5.0, random.Random(1))
    pauses = [backoff.pause_s() for _ in range(8)]
    for pause, middle in zip(pauses, (0.5, 1, 2, 4, 5, 5, 5, 5), strict=True):
        assert 0.8 * middle <= pause <= 1.2 * middle
    assert len(set(pauses)) == 8
    backoff.reset()
    assert backoff.pause_s() <= 0.6


def test_nals_are_found_with_either_start_code() -> None:
    stream = b"\x00\x00\x01\x67a" + b"\x00\x00\x00\x01\x68b" + b"\x00\x00\x01\x09\xf0"
    assert split_nals(stream) == (b"\x67a", b"\x68b")


def test_worker_that_is_behind_looks_less_often_until_it_has_caught_up() -> None:
    pressure = Pressure()
    assert pressure.slow_down == 1
    pressure.note(0.05)
    assert pressure.slow_down == 1
    pressure.note(1.0)
    assert pressure.slow_down == 10
    for _ in range(20):
        pressure.note(0.0)
    assert pressure.slow_down == 1
    pressure.note(60.0)
    assert pressure.slow_down == 16
