"""ONNX files whose answer is always the same, written by hand: no exporter is needed for a test."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FLOAT = 1


def save_model(
    path: Path,
    answer: NDArray[np.float32],
    size_px: tuple[int, int],
    told: Mapping[str, str] | None = None,
    inputs: int = 1,
) -> None:
    """A model with pictures of ``size_px`` as input that answers ``answer``, batch included.

    Field numbers are those of ``onnx.proto``, version 3 of its format.
    """
    tensor = (
        b"".join(_number(1, side) for side in answer.shape)
        + _number(2, FLOAT)
        + _text(8, "said")
        + _part(9, answer.astype("<f4").tobytes())
    )
    node = _text(1, "said") + _text(2, "answer") + _text(4, "Identity")
    picture = (1, 3, size_px[1], size_px[0])
    graph = (
        _part(1, node)
        + _text(2, "constant")
        + _part(5, tensor)
        + b"".join(_part(11, _value(f"images{n or ''}", picture)) for n in range(inputs))
        + _part(12, _value("answer", answer.shape))
    )
    props = b"".join(
        _part(14, _text(1, key) + _text(2, value)) for key, value in (told or {}).items()
    )
    path.write_bytes(_number(1, 8) + _part(7, graph) + _part(8, _number(2, 13)) + props)


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    sides = b"".join(_part(1, _number(1, side)) for side in shape)
    return _text(1, name) + _part(2, _part(1, _number(1, FLOAT) + _part(2, sides)))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _text(field: int, text: str) -> bytes:
    return _part(field, text.encode())
