"""From pictures to what the rules say: the whole way for one feed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from patrol.camera.box import Box, Step
from patrol.camera.detect import LEAST_HEIGHT_SHARE, BlobDetector, believed, with_looks
from patrol.camera.free import SeenFree
from patrol.camera.motion import Background, ContrastStretch, Foreground, MotionGate
from patrol.camera.onnx import OnnxDetector
from patrol.camera.picture import Gray, Picture
from patrol.camera.rule import Crossing, LineCounter, Occupancy, ZoneCounter
from patrol.camera.stay import CrowdWatch, Noticed, StayWatch
from patrol.camera.track import Tracker, TrackSettings
from patrol.model.camera import LASTING_S, Rule, RuleKind

BAND_SHARE = 0.01
"""Half width of a line's hysteresis band as a share of the picture's width (measured: 1-2 %)."""

FORGET_EVERY_S = 10.0
"""How often lines let go of tracks that have ended."""

DETECTED = TrackSettings(sure_score=0.4, hidden_s=2.0)
"""Tracks of a detector's boxes: it sees most of those whom motion loses behind others."""


@dataclass(slots=True)
class Findings:
    """What one picture settled: crossings, occupancies by rule, and what was noticed."""

    crossings: list[Crossing] = field(default_factory=list)
    occupancies: dict[str, list[Occupancy]] = field(default_factory=dict)
    noticed: list[Noticed] = field(default_factory=list)
    busy: bool = False


class Analyser:
    """Follow what moves in one feed and put its rules to it.

    Parameters
    ----------
    rules
        Lines and zones in pixels of the source.
    size_px
        (width, height) of the source.
    width_px
        Width the picture is shrunk to, if it is wider.
    detector
        The operator's detector, shared by all feeds of a worker; without it motion alone counts.
    gated
        Whether quiet scenes are skipped; a clip that is counted once is better read in full.
    free
        Told which parts of the scene are seen free, where stills of it may be asked for.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        size_px: tuple[int, int],
        *,
        width_px: int = 480,
        gated: bool = True,
        detector: OnnxDetector | None = None,
        free: SeenFree | None = None,
    ) -> None:
        self._free = free
        self._learned_times = 0
        self._width_px = min(width_px, size_px[0])
        self._scale = size_px[0] / self._width_px
        self._gate = MotionGate() if gated else None
        self._stretch = ContrastStretch()
        self._background = Background()
        height_px = max(1, round(size_px[1] / self._scale))
        self._blobs = BlobDetector((self._width_px, height_px))
        self._detector = detector
        self._tracker = Tracker(TrackSettings() if detector is None else DETECTED, size_px[0])
        band_px = BAND_SHARE * size_px[0]
        lag_s = self._tracker.settings.keep_s + 0.5
        self._forget_s = 0.0
        self._lines = [LineCounter(rule, band_px) for rule in rules if rule.is_line]
        self._zones = [
            ZoneCounter(rule, size_px, lag_s) for rule in rules if rule.kind is RuleKind.ZONE
        ]
        self._watches: list[CrowdWatch | StayWatch] = [
            CrowdWatch(rule, size_px, lag_s)
            if rule.kind is RuleKind.CROWDING
            else StayWatch(rule, size_px)
            for rule in rules
            if rule.kind in LASTING_S
        ]

    def learn(self, picture: Picture) -> None:
        """Take a picture as the empty scene."""
        self._background.learn(self._stretch.apply(picture.gray(self._width_px)))

    def scene(self) -> Gray | None:
        """The empty scene, once it is known."""
        return self._background.scene()

    def analyse(self, picture: Picture, frame: int, t_s: float) -> Findings:
        """Take the next picture; ``frame`` counts source frames from 1."""
        gray = picture.gray(self._width_px)
        busy = self._gate is None or self._gate.is_busy(gray, t_s) or bool(self._tracker.tracks)
        self._tracker.predict(t_s)
        boxes: list[Box] = []
        clear = gray
        if busy:
            clear = self._stretch.apply(gray)
            waiting = [self._to_analysed(box) for box in self._tracker.waiting(t_s)]
            foreground = self._background.apply(clear, t_s, waiting)
            found = self._find(picture, foreground)
            looked = with_looks(found, clear, foreground.mask)
            boxes = [self._to_source(box) for box in looked]
        else:
            self._background.rest()
        steps = self._tracker.update(boxes, frame, t_s)
        if self._free is not None and self._free.is_due(t_s):
            self._note_free(self._free, clear, boxes, t_s)
        return self._judge(steps, frame, t_s, busy=busy)

    def _note_free(self, free: SeenFree, clear: Gray, boxes: list[Box], t_s: float) -> None:
        scene = self._background.scene()
        if self._background.learned_times != self._learned_times:
            self._learned_times = self._background.learned_times
            free.forget()
        if scene is None or scene.shape != clear.shape:
            return
        walkers = [track.box() for track in self._tracker.tracks if track.roamed]
        shown = ([self._to_analysed(box) for box in some] for some in (walkers, boxes))
        free.look(clear, scene, t_s, *shown)

    def _find(self, picture: Picture, foreground: Foreground) -> list[Box]:
        """Boxes in pixels of the analyzed picture."""
        expected = [self._to_analysed(track.box()) for track in self._tracker.tracks]
        if self._detector is None:
            return self._blobs.find(foreground, expected)
        detected = [self._to_analysed(box) for box in self._detector.find(picture.color())]
        least_px = LEAST_HEIGHT_SHARE * self._width_px
        tall = [box for box in detected if max(box.width, box.height) >= least_px]
        return believed(tall, foreground, expected, self._tracker.settings.sure_score)

    def _judge(self, steps: list[Step], frame: int, t_s: float, *, busy: bool) -> Findings:
        findings = Findings(busy=busy)
        if t_s >= self._forget_s:
            self._forget_s = t_s + FORGET_EVERY_S
            for line in self._lines:
                line.forget(t_s)
        for line in self._lines:
            crossings = line.feed(tall_enough(line.rule, steps))
            if line.rule.kind is RuleKind.LINE:
                findings.crossings.extend(crossings)
            else:
                findings.noticed.extend(wrong_ways(line.rule, crossings))
        for zone in self._zones:
            findings.occupancies[zone.rule.name] = zone.feed(
                frame, t_s, tall_enough(zone.rule, steps)
            )
        for watch in self._watches:
            findings.noticed.extend(watch.feed(frame, t_s, tall_enough(watch.rule, steps)))
        return findings

    def finish(self) -> Findings:
        """Give what was held back: the feed ended."""
        findings = Findings()
        for zone in self._zones:
            findings.occupancies[zone.rule.name] = zone.finish()
        for watch in self._watches:
            findings.noticed.extend(watch.finish())
        return findings

    def _to_source(self, box: Box) -> Box:
        return _scaled(box, self._scale)

    def _to_analysed(self, box: Box) -> Box:
        return _scaled(box, 1 / self._scale)


def tall_enough(rule: Rule, steps: list[Step]) -> list[Step]:
    """The steps of those who are as tall in the picture as a rule asks for."""
    if not rule.least_height_px:
        return steps
    return [step for step in steps if step.height >= rule.least_height_px]


def wrong_ways(rule: Rule, crossings: Sequence[Crossing]) -> list[Noticed]:
    """Notices of those crossings that go the way in which nobody may go."""
    return [
        Noticed(
            rule.name, rule.kind, found.frame, found.t_s, 1, found.direction, found.object_class
        )
        for found in crossings
        if found.direction == rule.direction
    ]


def _scaled(box: Box, k: float) -> Box:
    # Built plainly: ``replace`` takes ten times as long, and this runs for each box of each look.
    return Box(
        box.left * k,
        box.top * k,
        box.width * k,
        box.height * k,
        box.object_class,
        box.score,
        box.look,
    )
