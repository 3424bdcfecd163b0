"""RTP packets into encoded pictures: H.264 (RFC 6184) and H.265 (RFC 7798).

Nothing in a packet is believed: lengths are checked and pictures are bounded, as a camera may be
broken or somebody else.
"""

from dataclasses import dataclass

from patrol.model.errors import OutsideError

LARGEST_PICTURE = 8 << 20
"""Bytes of one encoded picture; a key frame of a 4K camera has about 1 MB."""

_START = b"\x00\x00\x00\x01"


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """One picture as the decoder wants it (Annex B); ``rtp_time`` counts the stream's own clock."""

    data: bytes
    rtp_time: int
    is_key: bool


class Depacketizer:
    """Gather the packets of one picture after another.

    Parameters
    ----------
    codec
        ``h264`` or ``hevc``.
    """

    def __init__(self, codec: str) -> None:
        self._h264 = codec == "h264"
        self._data = bytearray()
        self._rtp_time: int | None = None
        self._is_key = False
        self._in_fragment = False
        self.lost_packets = 0
        self._sequence: int | None = None

    def feed(self, packet: bytes) -> list[EncodedPicture]:
        """Take one RTP packet; give the pictures that it completed, at most two.

        Raises
        ------
        OutsideError
            If a picture grows beyond all measure.
        """
        header = _payload(packet)
        if header is None:
            return []
        payload, marker, rtp_time, sequence = header
        if self._sequence is not None and sequence != (self._sequence + 1) & 0xFFFF:
            self.lost_packets += (sequence - self._sequence - 1) & 0xFFFF
            self._in_fragment = False
        self._sequence = sequence
        pictures = []
        if self._rtp_time is not None and rtp_time != self._rtp_time:
            pictures.extend(self._done())
        self._rtp_time = rtp_time
        if self._h264:
            self._take_h264(payload)
        else:
            self._take_h265(payload)
        if len(self._data) > LARGEST_PICTURE:
            raise OutsideError(f"camera sends a picture of more than {LARGEST_PICTURE} bytes")
        if marker:
            pictures.extend(self._done())
        return pictures

    def _done(self) -> list[EncodedPicture]:
        if not self._data or self._rtp_time is None:
            return []
        picture = EncodedPicture(bytes(self._data), self._rtp_time, self._is_key)
        self._data.clear()
        self._is_key = self._in_fragment = False
        return [picture]

    def _add(self, nal: bytes) -> None:
        if nal:
            kind = nal[0] & 31 if self._h264 else nal[0] >> 1 & 63
            self._is_key |= kind == 5 if self._h264 else 16 <= kind <= 23
            self._data += _START
            self._data += nal

    def _take_h264(self, payload: bytes) -> None:
        kind = payload[0] & 31
        if 1 <= kind <= 23:
            self._add(payload)
        elif kind == 24:  # STAP-A: several units, each after its length
            self._add_several(payload, 1)
        elif kind == 28 and len(payload) > 2:  # FU-A: a piece of one unit
            head = bytes((payload[0] & 0xE0 | payload[1] & 31,))
            self._add_fragment(payload[1], head, payload[2:])

    def _take_h265(self, payload: bytes) -> None:
        if len(payload) < 3:
            return
        kind = payload[0] >> 1 & 63
        if kind < 48:
            self._add(payload)
        elif kind == 48:
            self._add_several(payload, 2)
        elif kind == 49 and len(payload) > 3:
            head = bytes((payload[0] & 0x81 | (payload[2] & 63) << 1, payload[1]))
            self._add_fragment(payload[2], head, payload[3:])

    def _add_several(self, payload: bytes, at: int) -> None:
        while at + 2 < len(payload):
            length = payload[at] << 8 | payload[at + 1]
            self._add(payload[at + 2 : at + 2 + length])
            at += 2 + length

    def _add_fragment(self, flags: int, head: bytes, piece: bytes) -> None:
        if flags & 0x80:
            self._add(head + piece)
            self._in_fragment = True
        elif self._in_fragment:
            # After a lost piece the rest of the unit is left out: the decoder conceals better
            # what is missing than what is wrong.
            self._data += piece
        if flags & 0x40:
            self._in_fragment = False


def _payload(packet: bytes) -> tuple[bytes, bool, int, int] | None:
    """(payload, marker, RTP time, sequence) of a packet; None where it is not RTP version 2."""
    if len(packet) < 13 or packet[0] >> 6 != 2:
        return None
    start = 12 + 4 * (packet[0] & 15)
    if packet[0] & 0x10:
        if len(packet) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
    end = len(packet) - (packet[-1] if packet[0] & 0x20 else 0)
    if end <= start:
        return None
    rtp_time = int.from_bytes(packet[4:8], "big")
    sequence = int.from_bytes(packet[2:4], "big")
    return packet[start:end], bool(packet[1] & 0x80), rtp_time, sequence
