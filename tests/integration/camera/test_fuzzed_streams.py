"""Damaged and made-up streams: a plain error or no picture, never anything else."""

import random
from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.camera.analyse import Analyser
from patrol.camera.decode import Decoder
from patrol.camera.rtp import Depacketizer, EncodedPicture
from patrol.camera.rtsp import parse_description, take_packets
from patrol.camera.web_feed import decode_jpeg, jpeg_size_px
from patrol.demo.stream_clip import StreamClip, describe, fragments
from patrol.model.errors import OutsideError
from tests.integration.camera.conftest import GATE, SQUARE

pytestmark = pytest.mark.slow

SEEDS = range(4)


def packets(clip: StreamClip) -> list[bytes]:
    """The clip as RTP packets."""
    found = []
    for number, unit in enumerate(clip.units[:75]):
        pieces = [piece for nal in unit for piece in fragments(nal)]
        for i, piece in enumerate(pieces):
            marker = 0x80 if i == len(pieces) - 1 else 0
            head = bytes((0x80, marker | 96)) + (len(found) & 0xFFFF).to_bytes(2, "big")
            found.append(head + (number * 7_200).to_bytes(4, "big") + b"fuzz" + piece)
    return found


def damaged(data: bytes, draw: random.Random) -> list[bytes]:
    """What a bad line, or a bad neighbor, makes of one packet."""
    kind = draw.randrange(6)
    if kind == 0:
        return []
    if kind == 1:
        return [data[: draw.randrange(len(data))]]
    if kind == 2:
        return [data, data]
    out = bytearray(data)
    for _ in range(draw.randrange(1, 12)):
        out[draw.randrange(12 if kind == 3 and len(out) > 12 else 0, len(out))] = draw.randrange(
            256
        )
    if kind == 5:
        out += draw.randbytes(draw.randrange(400))
    return [bytes(out)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_damaged_packets_end_nothing(street_clip: Path, seed: int, codec: str) -> None:
    draw = random.Random(seed)
    clip = StreamClip.read(street_clip)
    depacketizer, decoder = Depacketizer(codec), Decoder(codec)
    analyser = Analyser([GATE, SQUARE], (320, 240), width_px=320)
    for packet in packets(clip):
        for sent in damaged(packet, draw) if draw.random() < 0.3 else [packet]:
            try:
                pictures = depacketizer.feed(sent)
            except OutsideError:
                return
            for unit in pictures:
                for n, picture in enumerate(decoder.decode(unit)):
                    if picture.size_px == (320, 240):
                        analyser.analyse(picture, n + 1, n / 12.5)


@pytest.mark.parametrize("seed", SEEDS)
def test_decoder_that_was_fed_noise_decodes_again(street_clip: Path, seed: int) -> None:
    draw = random.Random(seed)
    clip, decoder = StreamClip.read(street_clip), Decoder("h264")
    start = b"\x00\x00\x00\x01"
    clean = [b"".join(start + nal for nal in unit) for unit in clip.units[:26]]
    for data in clean:
        noise = start + bytes((draw.choice([0x65, 0x41, 0x67, 0x68, 0x06]),)) + draw.randbytes(300)
        decoder.decode(EncodedPicture(noise + data[: draw.randrange(len(data))], 0, True))
    assert sum(len(decoder.decode(EncodedPicture(data, 0, True))) for data in clean) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_answers_are_told(street_clip: Path, seed: int) -> None:
    draw = random.Random(seed)
    text = describe(StreamClip.read(street_clip))
    for _ in range(200):
        letters = list(text)
        for _ in range(draw.randrange(1, 10)):
            letters[draw.randrange(len(letters))] = chr(draw.randrange(1, 0x250))
        try:
            stream = parse_description("".join(letters), "rtsp://cam/live")
        except OutsideError:
            continue
        assert stream.codec in {"h264", "hevc"}
        assert stream.clock_hz >= 1
    for _ in range(200):
        buffer = bytearray(draw.choice([b"$\x00", b"RTSP", b""]) + draw.randbytes(200))
        before = len(buffer)
        try:
            take_packets(buffer)
        except OutsideError:
            continue
        assert len(buffer) <= before


def test_picture_that_tells_of_a_giant_is_refused_unread() -> None:
    small = np.zeros((32, 48), dtype=np.uint8)
    data = bytearray(np.asarray(cv2.imencode(".jpg", small)[1]).tobytes())
    assert jpeg_size_px(bytes(data)) == (48, 32)
    assert decode_jpeg(bytes(data)).size_px == (48, 32)
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(OutsideError, match="65535 x 65535, at most 8192"):
        decode_jpeg(bytes(data))


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_jpegs_are_told_or_decoded(seed: int) -> None:
    draw = random.Random(seed)
    picture = np.random.default_rng(seed).integers(0, 255, (48, 64), dtype=np.uint8)
    whole = np.asarray(cv2.imencode(".jpg", picture)[1]).tobytes()
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(draw.randrange(1, 6)):
            data[draw.randrange(2, len(data))] = draw.randrange(256)
        try:
            assert max(decode_jpeg(bytes(data[: draw.randrange(2, len(data))])).size_px) <= 8_192
        except OutsideError:
            continue
