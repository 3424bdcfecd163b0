"""H.264 clips cut into what RTSP sends."""

import base64
import re
from dataclasses import dataclass
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext

from patrol.model.errors import InputError

PAYLOAD_TYPE = 96
CLOCK_HZ = 90_000
LARGEST_PAYLOAD = 1_400
_START_CODE = re.compile(b"\x00\x00\x00?\x01")


@dataclass(frozen=True, slots=True)
class StreamClip:
    """An encoded clip: per picture its NAL units; the first picture is a key frame."""

    fps: float
    units: tuple[tuple[bytes, ...], ...]

    @classmethod
    def read(cls, path: Path) -> "StreamClip":
        """Take the H.264 stream of a video file, as it is.

        Raises
        ------
        InputError
            If the file's video is not H.264.
        """
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            if stream.codec_context.name != "h264":
                raise InputError(f"clip {path.name}: must be H.264, is {stream.codec_context.name}")
            to_annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
            pictures: list[tuple[bytes, ...]] = []
            for packet in container.demux(stream):
                parts = to_annex_b.filter(packet if packet.size else None)
                pictures.extend(split_nals(bytes(part)) for part in parts)
            rate = stream.average_rate
        if not pictures:
            raise InputError(f"clip {path.name}: holds no picture")
        return cls(float(rate) if rate else 25.0, tuple(pictures))

    @property
    def parameter_sets(self) -> tuple[bytes, bytes]:
        """The sequence and picture parameter sets."""
        found = {nal[0] & 31: nal for unit in self.units[:1] for nal in unit}
        if 7 not in found or 8 not in found:
            raise InputError("clip: its first picture holds no parameter sets")
        return found[7], found[8]


def split_nals(data: bytes) -> tuple[bytes, ...]:
    """Cut an Annex B byte stream into NAL units, without start codes and access unit marks."""
    nals = [part.rstrip(b"\x00") for part in _START_CODE.split(data)]
    return tuple(nal for nal in nals if nal and nal[0] & 31 != 9)


def fragments(nal: bytes) -> list[bytes]:
    """A NAL unit as RTP payloads: itself, or FU-A fragments (RFC 6184, 5.8)."""
    if len(nal) <= LARGEST_PAYLOAD:
        return [nal]
    indicator, kind = (nal[0] & 0xE0) | 28, nal[0] & 31
    parts = [nal[i : i + LARGEST_PAYLOAD] for i in range(1, len(nal), LARGEST_PAYLOAD)]
    last = len(parts) - 1
    return [
        bytes((indicator, kind | (0x80 if i == 0 else 0) | (0x40 if i == last else 0))) + part
        for i, part in enumerate(parts)
    ]


def describe(clip: StreamClip) -> str:
    """The clip's session description (SDP), as a camera gives it."""
    sps, pps = clip.parameter_sets
    sets = "sprop-parameter-sets=" + ",".join(base64.b64encode(n).decode() for n in (sps, pps))
    level = sps[1:4].hex()
    return "\r\n".join(
        (
            "v=0",
            "o=- 0 0 IN IP4 127.0.0.1",
            "s=loopback camera",
            "c=IN IP4 127.0.0.1",
            "t=0 0",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
            f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK_HZ}",
            f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;profile-level-id={level};{sets}",
            "a=control:track0",
            "",
        )
    )
