"""Rendered street scenes with exact truth: who crossed which line in which frame.

Drawn, not filmed, so that the demo may be given away and tests know the answer. The same seed
draws the same pixels.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from patrol.model.camera import ObjectClass, Rule

Pixels = NDArray[np.uint8]
Waypoint = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that moves along waypoints (seconds, x, y of the feet, pixels).

    It is there from the first waypoint's time until the last one's. ``height_share`` is its height
    relative to a person at the same place.
    """

    object_class: ObjectClass
    waypoints: tuple[Waypoint, ...]
    color: tuple[int, int, int]
    height_share: float = 1.0

    def feet(self, t_s: float) -> tuple[float, float] | None:
        """Where it stands, or nothing where it is not there."""
        times = [point[0] for point in self.waypoints]
        if not times[0] <= t_s <= times[-1]:
            return None
        x = float(np.interp(t_s, times, [point[1] for point in self.waypoints]))
        y = float(np.interp(t_s, times, [point[2] for point in self.waypoints]))
        return x, y


@dataclass(frozen=True, slots=True)
class Scene:
    """A camera's view and who passes through it.

    A person whose feet are at the lower edge is ``near_px`` tall, one at the horizon (a third of
    the picture from above) ``far_px``.
    """

    width_px: int
    height_px: int
    fps: float
    seconds: float
    seed: int
    actors: tuple[Actor, ...]
    near_px: float = 120.0
    far_px: float = 30.0
    noise_levels: float = 2.0

    @property
    def frames(self) -> int:
        """Length of the clip in frames."""
        return round(self.seconds * self.fps)

    @property
    def horizon_px(self) -> float:
        """Where the ground ends, from above."""
        return self.height_px / 3

    def person_px(self, y: float) -> float:
        """Height of a person with feet at ``y``."""
        share = (y - self.horizon_px) / (self.height_px - self.horizon_px)
        return self.far_px + share * (self.near_px - self.far_px)


@dataclass(frozen=True, slots=True)
class TrueCrossing:
    """A crossing as it was drawn; ``frame`` counts from 1."""

    frame: int
    direction: str
    object_class: ObjectClass


def make_street_scene(
    *,
    seed: int,
    seconds: float = 60.0,
    fps: float = 25.0,
    size_px: tuple[int, int] = (640, 480),
    people: int = 12,
    vehicles: int = 3,
) -> Scene:
    """A street with a pavement: people walk along it, vehicles drive behind them.

    Nobody is in the picture at the beginning and the end, so that the clip can be looped.
    """
    rng = np.random.default_rng(seed)
    width, height = size_px
    scene = Scene(
        width,
        height,
        fps,
        seconds,
        seed,
        (),
        near_px=height * 0.25,
        far_px=height * 0.07,
    )
    actors = []
    starts_s = np.sort(rng.uniform(0.5, seconds * 0.7, people))
    for start_s in starts_s:
        y = float(rng.uniform(0.62, 0.95)) * height
        speed = float(rng.uniform(0.6, 1.0)) * scene.person_px(y)
        actors.append(_passer(rng, scene, ObjectClass.PERSON, float(start_s), y, speed))
    for start_s in np.sort(rng.uniform(1.0, seconds * 0.85, vehicles)):
        y = float(rng.uniform(0.46, 0.52)) * height
        speed = float(rng.uniform(4.0, 6.0)) * scene.person_px(y)
        actors.append(_passer(rng, scene, ObjectClass.CAR, float(start_s), y, speed))
    return replace(scene, actors=tuple(actors))


def _passer(
    rng: np.random.Generator,
    scene: Scene,
    object_class: ObjectClass,
    start_s: float,
    y: float,
    speed_px_s: float,
) -> Actor:
    """One that goes from beyond one side to beyond the other."""
    margin = scene.person_px(y) * (3 if object_class is ObjectClass.CAR else 1)
    ends = (-margin, scene.width_px + margin)
    if rng.random() < 0.5:
        ends = (ends[1], ends[0])
    length_s = (scene.width_px + 2 * margin) / speed_px_s
    # All have left before the clip is looped.
    length_s = min(length_s, scene.seconds - 0.5 - start_s)
    drift = float(rng.uniform(-0.02, 0.02)) * scene.height_px
    shade = tuple(
        int(v) for v in rng.choice([25, 45, 70, 190, 215, 235]) + rng.integers(-15, 15, 3)
    )
    share = 0.95 if object_class is ObjectClass.CAR else float(rng.uniform(0.9, 1.08))
    return Actor(
        object_class,
        ((start_s, ends[0], y), (start_s + length_s, ends[1], y + drift)),
        (shade[0], shade[1], shade[2]),
        share,
    )


def render(scene: Scene) -> Iterator[Pixels]:
    """Draw the scene frame by frame; arrays (height, width, 3), blue first."""
    rng = np.random.default_rng(scene.seed)
    ground = _draw_ground(scene, rng)
    noise = _noise_tiles(scene, rng)
    for number in range(scene.frames):
        t_s = number / scene.fps
        picture = ground.copy()
        present = [(actor, actor.feet(t_s)) for actor in scene.actors]
        # Who is farther away stands higher in the picture and is drawn first.
        for actor, feet in sorted(present, key=lambda pair: pair[1][1] if pair[1] else 0.0):
            if feet is not None:
                _draw_actor(picture, scene, actor, feet, t_s)
        yield _with_noise(picture, noise, rng)


def true_crossings(scene: Scene, rule: Rule) -> list[TrueCrossing]:
    """Who crossed a line, by the definition of the counting truth: feet, segment, three frames."""
    first, second = rule.points[0], rule.points[1]
    found = []
    for actor in scene.actors:
        places = [actor.feet(n / scene.fps) for n in range(scene.frames)]
        sides = [None if p is None else _left_of(p, first, second) > 0 for p in places]
        for i in range(1, len(sides) - 2):
            before, after = sides[i - 1], sides[i]
            if before is None or after is None or before == after:
                continue
            stays = all(side == after for side in sides[i : i + 3])
            here, there = places[i - 1], places[i]
            if stays and here and there and _meets(here, there, first, second):
                direction = "right_to_left" if after else "left_to_right"
                found.append(TrueCrossing(i + 1, direction, actor.object_class))
    return sorted(found, key=lambda crossing: crossing.frame)


def true_occupancy(scene: Scene, rule: Rule) -> list[int]:
    """How many stand in a zone, frame by frame."""
    polygon = np.array(rule.points, dtype=np.float32)
    counts = []
    for number in range(scene.frames):
        feet = [actor.feet(number / scene.fps) for actor in scene.actors]
        inside = [p for p in feet if p and cv2.pointPolygonTest(polygon, p, measureDist=False) >= 0]
        counts.append(len(inside))
    return counts


def encode_clip(
    frames: Iterator[Pixels] | Sequence[Pixels], path: Path, fps: float, gop_s: float = 1.0
) -> None:
    """Write frames as an H.264 file, as a camera would stream them: no B-frames, short groups."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The finished file appears at once: a feed may be waiting for it.
    draft = path.with_name(f".{path.name}.part{path.suffix}")
    with av.open(str(draft), "w") as container:
        stream = None
        for picture in frames:
            if stream is None:
                stream = container.add_stream(
                    "libx264", rate=Fraction(fps).limit_denominator(1_001)
                )
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.options = {
                    "preset": "veryfast",
                    "tune": "zerolatency",
                    "crf": "24",
                    "x264-params": f"keyint={round(gop_s * fps)}:scenecut=0:bframes=0:threads=1",
                }
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            for packet in stream.encode(frame):
                container.mux(packet)
        if stream is not None:
            for packet in stream.encode():
                container.mux(packet)
    draft.replace(path)


def _left_of(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    return (p[0] - a[0]) * (b[1] - a[1]) - (b[0] - a[0]) * (p[1] - a[1])


def _meets(
    p: tuple[float, float],
    q: tuple[float, float],
    a: tuple[float, float],
    b: tuple[float, float],
) -> bool:
    return _left_of(p, a, b) * _left_of(q, a, b) <= 0 and _left_of(a, p, q) * _left_of(b, p, q) <= 0


def _draw_ground(scene: Scene, rng: np.random.Generator) -> Pixels:
    """Houses, a road and a pavement, each with a texture of its own."""
    width, height = scene.width_px, scene.height_px
    horizon = round(scene.horizon_px)
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    picture[:horizon] = (150, 140, 135)
    picture[horizon : round(0.56 * height)] = (105, 105, 105)
    picture[round(0.56 * height) :] = (140, 145, 148)
    x = 0
    while x < width:
        wide = int(rng.integers(width // 12, width // 6))
        shade = tuple(int(v) for v in rng.integers(90, 200, 3))
        cv2.rectangle(
            picture, (x, int(rng.integers(0, horizon // 2))), (x + wide, horizon), shade, -1
        )
        for row in range(horizon // 3, horizon - 8, max(8, horizon // 5)):
            for column in range(x + 6, x + wide - 8, max(10, wide // 4)):
                cv2.rectangle(picture, (column, row), (column + 6, row + 8), (60, 55, 50), -1)
        x += wide
    for y in range(round(0.58 * height), height, max(6, height // 24)):
        cv2.line(picture, (0, y), (width, y), (120, 125, 128), 1)
    texture = rng.normal(0, 5, (height, width, 1))
    return np.clip(picture + texture, 0, 255).astype(np.uint8)


def _draw_actor(
    picture: Pixels, scene: Scene, actor: Actor, feet: tuple[float, float], t_s: float
) -> None:
    tall = scene.person_px(feet[1]) * actor.height_share
    if actor.object_class is ObjectClass.PERSON:
        _draw_person(picture, actor, feet, tall, t_s)
    else:
        _draw_vehicle(picture, actor, feet, tall)


def _draw_person(
    picture: Pixels, actor: Actor, feet: tuple[float, float], tall: float, t_s: float
) -> None:
    x, y = feet
    moving = _is_moving(actor, t_s)
    # Two steps a second; legs of one who waits stand together.
    swing = 0.11 * tall * math.sin(2 * math.pi * t_s) if moving else 0.03 * tall
    thick = max(1, round(0.07 * tall))
    hip = (round(x), round(y - 0.48 * tall))
    legs = tuple(max(0, int(0.6 * c)) for c in actor.color)
    for side in (-1, 1):
        cv2.line(picture, hip, (round(x + side * swing), round(y)), legs, thick, cv2.LINE_AA)
    body = (max(1, round(0.13 * tall)), max(1, round(0.22 * tall)))
    center = (round(x), round(y - 0.64 * tall))
    cv2.ellipse(picture, center, body, 0, 0, 360, actor.color, -1, cv2.LINE_AA)
    head = (round(x), round(y - 0.92 * tall))
    cv2.circle(picture, head, max(1, round(0.075 * tall)), (95, 120, 170), -1, cv2.LINE_AA)


def _draw_vehicle(picture: Pixels, actor: Actor, feet: tuple[float, float], tall: float) -> None:
    x, y = feet
    half, body, roof = 1.3 * tall, 0.45 * tall, 0.85 * tall
    left, right = round(x - half), round(x + half)
    cv2.rectangle(
        picture,
        (left, round(y - 0.12 * tall - body)),
        (right, round(y - 0.12 * tall)),
        actor.color,
        -1,
    )
    cabin = np.array(
        [
            (x - 0.75 * half, y - body),
            (x - 0.45 * half, y - roof),
            (x + 0.4 * half, y - roof),
            (x + 0.7 * half, y - body),
        ]
    )
    cv2.fillPoly(picture, [cabin.astype(np.int32)], tuple(int(0.8 * c) for c in actor.color))
    for side in (-0.6, 0.6):
        wheel = (round(x + side * half), round(y - 0.16 * tall))
        cv2.circle(picture, wheel, max(1, round(0.16 * tall)), (25, 25, 25), -1, cv2.LINE_AA)


def _is_moving(actor: Actor, t_s: float) -> bool:
    now, soon = actor.feet(t_s), actor.feet(t_s + 0.2)
    return now is not None and soon is not None and math.dist(now, soon) > 0.2


def _noise_tiles(scene: Scene, rng: np.random.Generator) -> NDArray[np.int16]:
    """A sheet of sensor noise, larger than the picture; each frame takes another part of it."""
    size = (scene.height_px + 64, scene.width_px + 64, 1)
    return rng.normal(0, scene.noise_levels, size).round().astype(np.int16)


def _with_noise(picture: Pixels, noise: NDArray[np.int16], rng: np.random.Generator) -> Pixels:
    top, left = (int(v) for v in rng.integers(0, 64, 2))
    height, width = picture.shape[:2]
    noisy = picture.astype(np.int16) + noise[top : top + height, left : left + width]
    clean: Pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    return clean
