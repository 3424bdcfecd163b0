"""Count one clip from its first frame to its last."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from patrol.camera.address import Address
from patrol.camera.analyse import Analyser, Findings
from patrol.camera.arrivals import FeedSettings, arrivals
from patrol.camera.clip import Clip
from patrol.camera.onnx import OnnxDetector
from patrol.camera.picture import ArrayPicture
from patrol.camera.rule import Crossing, Occupancy
from patrol.camera.stay import Noticed
from patrol.camera.steady import median_scene
from patrol.model.camera import Rule, RuleKind

MOST_FPS = 15.0
"""Frames analyzed a second where the caller names no number; more brings nothing for walkers."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class ClipCount:
    """What the rules counted in a clip; ``frames`` is its length and ``fps`` its own rate."""

    frames: int = 0
    fps: float = 0.0
    crossings: dict[str, list[Crossing]] = field(default_factory=dict)
    occupancies: dict[str, list[Occupancy]] = field(default_factory=dict)
    noticed: dict[str, list[Noticed]] = field(default_factory=dict)

    def take(self, findings: Findings) -> None:
        """Add what one picture settled."""
        for crossing in findings.crossings:
            self.crossings[crossing.rule].append(crossing)
        for rule, occupancies in findings.occupancies.items():
            self.occupancies[rule].extend(occupancies)
        for noticed in findings.noticed:
            self.noticed[noticed.rule].append(noticed)


def count_clip(
    clip: Clip,
    rules: Sequence[Rule],
    *,
    fps: float | None = None,
    width_px: int = 480,
    detector: OnnxDetector | None = None,
    progress: Progress | None = None,
) -> ClipCount:
    """Count a clip.

    Parameters
    ----------
    clip
        The video.
    rules
        Lines and zones in its pixels.
    fps
        Frames analyzed a second, > 0; by default all up to 15.
    width_px
        Width of the picture that is analyzed.
    detector
        The operator's detector, or none.
    progress
        Told the frames read and the frames told by the file (0 where it tells none).
    """
    count = _empty_count(rules, clip.fps)
    analyser = Analyser(rules, clip.size_px, width_px=width_px, gated=False, detector=detector)
    analyser.learn(empty_scene(clip))
    step_s = 1.0 / (fps or MOST_FPS)
    due_s = 0.0
    for frame in clip.frames():
        count.frames = frame.number
        # Half a frame of slack keeps 10 of 30 fps from becoming 9.
        if frame.t_s + 0.5 / clip.fps >= due_s:
            due_s = max(due_s + step_s, frame.t_s)
            count.take(analyser.analyse(frame.picture, frame.number, frame.t_s))
        if progress is not None:
            progress(frame.number, clip.frames_told)
    count.take(analyser.finish())
    for name, occupancies in count.occupancies.items():
        count.occupancies[name] = _every_frame(occupancies, count.frames)
    return count


def count_camera(
    address: Address,
    rules: Sequence[Rule],
    settings: FeedSettings,
    *,
    seconds: float,
    detector: OnnxDetector | None = None,
    progress: Progress | None = None,
) -> ClipCount:
    """Count a camera for some time.

    Frames count from 1 at the first picture that arrived, and so does the time.

    Raises
    ------
    OutsideError
        If the camera cannot be reached, or is lost on the way.
    """
    return asyncio.run(_count_camera(address, rules, settings, seconds, detector, progress))


async def _count_camera(
    address: Address,
    rules: Sequence[Rule],
    settings: FeedSettings,
    seconds: float,
    detector: OnnxDetector | None,
    progress: Progress | None,
) -> ClipCount:
    count = _empty_count(rules, 0.0)
    analyser: Analyser | None = None
    start_s = due_s = t_s = 0.0
    async with aclosing(arrivals(address, settings)) as pictures:
        async for arrival in pictures:
            if analyser is None:
                start_s = arrival.t_s
                size_px = arrival.picture.size_px
                analyser = Analyser(rules, size_px, width_px=settings.width_px, detector=detector)
            count.frames += 1
            t_s = arrival.t_s - start_s
            if t_s >= due_s:
                due_s = max(due_s + 1 / settings.analyse_fps, t_s - 1.0)
                count.take(analyser.analyse(arrival.picture, count.frames, t_s))
            if progress is not None:
                progress(count.frames, 0)
            if t_s >= seconds:
                break
    if analyser is not None:
        count.take(analyser.finish())
    count.fps = (count.frames - 1) / t_s if t_s > 0 else 0.0
    for name, occupancies in count.occupancies.items():
        count.occupancies[name] = _every_frame(occupancies, count.frames)
    return count


def _empty_count(rules: Sequence[Rule], fps: float) -> ClipCount:
    count = ClipCount(fps=fps)
    for rule in rules:
        if rule.kind is RuleKind.LINE:
            count.crossings[rule.name] = []
        elif rule.kind is RuleKind.ZONE:
            count.occupancies[rule.name] = []
        else:
            count.noticed[rule.name] = []
    return count


def empty_scene(clip: Clip, samples: int = 40, within_s: float = 40.0) -> ArrayPicture:
    """The median of pictures from the beginning: the scene without those who pass.

    A clip starts with people in it; taken as background, each would leave a ghost.
    """
    every = max(1, round(within_s * clip.fps / samples))
    pictures = []
    for frame in clip.frames():
        if (frame.number - 1) % every == 0:
            pictures.append(frame.picture.gray(clip.size_px[0]).copy())
        if len(pictures) >= samples:
            break
    return ArrayPicture(median_scene(pictures))


def _every_frame(occupancies: list[Occupancy], frames: int) -> list[Occupancy]:
    """One entry a frame: frames that were not analyzed repeat the last that was."""
    filled: list[Occupancy] = []
    for occupancy in occupancies:
        while filled and filled[-1].frame + 1 < occupancy.frame:
            last = filled[-1]
            filled.append(Occupancy(last.frame + 1, last.t_s, last.count, last.by_class))
        filled.append(occupancy)
    while filled and filled[-1].frame < frames:
        last = filled[-1]
        filled.append(Occupancy(last.frame + 1, last.t_s, last.count, last.by_class))
    return filled
