"""Video files, read frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.error import FFmpegError

from patrol.camera.picture import DecodedPicture
from patrol.model.errors import InputError

# Playlists (HLS, concat, SDP) are left out: they would open further files and hosts.
_CONTAINERS = "avi,mov,matroska,mpegts,mpeg,mpegvideo,h264,hevc,flv,ogg,mjpeg,asf,m4v,ivf,gif"

_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One frame of a file; frames count from 1."""

    number: int
    t_s: float
    picture: DecodedPicture


class Clip:
    """A video file.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it is no video, or holds no picture.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with self._opened() as container:
                stream = container.streams.video[0]
                rate = stream.average_rate or stream.guessed_rate
                self.fps = float(rate) if rate else 25.0
                self.frames_told = stream.frames
                self.size_px = (stream.codec_context.width, stream.codec_context.height)
        except (FFmpegError, OSError, IndexError) as error:
            raise InputError(f"video {path.name} cannot be read: {_why(error)}") from error

    def _opened(self) -> av.container.InputContainer:
        return av.open(f"file:{self._path}", options=_OPTIONS)

    def frames(self) -> Iterator[ClipFrame]:
        """Decode all frames in order.

        Raises
        ------
        InputError
            If not a single frame can be decoded; later damage only ends the clip.
        """
        number = 0
        try:
            with self._opened() as container:
                stream = container.streams.video[0]
                stream.thread_type = "NONE"
                for frame in container.decode(stream):
                    number += 1
                    t_s = (number - 1) / self.fps
                    yield ClipFrame(number, t_s, DecodedPicture(frame))
        except (FFmpegError, OSError, IndexError) as error:
            if number == 0:
                raise InputError(
                    f"video {self._path.name} cannot be read: {_why(error)}"
                ) from error
            return
        if number == 0:
            raise InputError(f"video {self._path.name} holds no picture")


def _why(error: Exception) -> str:
    if isinstance(error, IndexError):
        return "it holds no video stream"
    return (getattr(error, "strerror", None) or str(error)).lower()
