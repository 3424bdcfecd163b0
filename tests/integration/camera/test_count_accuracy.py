"""Counts against truth: a real clip with people who meet and hide, and rendered streets."""

import json
from collections import defaultdict
from pathlib import Path

import av
import numpy as np
import pytest

from patrol.camera.clip import Clip
from patrol.camera.count import ClipCount, count_clip
from patrol.camera.onnx import OnnxDetector
from patrol.camera.rule import side_of, steps_meet
from patrol.cli.main import run
from patrol.demo.clips import (
    encode_clip,
    make_street_scene,
    render,
    true_crossings,
    true_occupancy,
)
from patrol.model.camera import Rule, RuleKind

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Event = tuple[int, str]
FRAMES = 400
SCALE = 0.625  # The truth is in pixels of 768 x 576, the clip has 480 x 360.
LINES = {f"x{x}": ((float(x), 0.0), (float(x), 360.0)) for x in (160, 200, 240, 280, 320, 360, 400)}
LINES["slanted"] = ((380.0, 60.0), (330.0, 260.0))
RULES = [Rule(name, RuleKind.LINE, points) for name, points in LINES.items()]
EVERYWHERE = Rule("all", RuleKind.ZONE, ((0, 0), (480, 0), (480, 360), (0, 360)))


def read_truth(path: Path) -> tuple[dict[int, dict[int, tuple[float, float]]], list[int]]:
    """Feet by person and frame, and people per frame (all who are marked, near or far)."""
    feet: dict[int, dict[int, tuple[float, float]]] = defaultdict(dict)
    people = [0] * (FRAMES + 1)
    for row in path.read_text().splitlines():
        frame, ident, left, top, width, height, sure, *_ = (float(v) for v in row.split(","))
        people[int(frame)] += 1
        if sure >= 1:
            feet[int(ident)][int(frame)] = ((left + width / 2) * SCALE, (top + height) * SCALE)
    return feet, people[1:]


def true_events(feet: dict[int, dict[int, tuple[float, float]]], rule: Rule) -> list[Event]:
    """Crossings by the definition of the truth: on the segment, three frames on the new side."""
    events = []
    first, second = rule.points[0], rule.points[1]
    for places in feet.values():
        state, run_length, start, last = 0, 0, 0, None
        for frame in sorted(places):
            here = places[frame]
            side = 1 if side_of(here, first, second) > 0 else -1
            if last is not None and state and side != state:
                if run_length == 0 and not steps_meet(last, here, first, second):
                    state = side
                else:
                    start = frame if run_length == 0 else start
                    run_length += 1
                    if run_length >= 3:
                        way = "left_to_right" if side < 0 else "right_to_left"
                        events.append((start, way))
                        state, run_length = side, 0
            else:
                run_length = 0
                state = state or side
            last = here
    return events


def matches(truth: list[Event], found: list[Event], within: int = 8) -> int:
    """How many agree, each in the same direction and within some frames."""
    left, matched = list(found), 0
    for frame, way in sorted(truth):
        near = [e for e in left if e[1] == way and abs(e[0] - frame) <= within]
        if near:
            left.remove(min(near, key=lambda e: abs(e[0] - frame)))
            matched += 1
    return matched


def judge(count: ClipCount, truth: Path, frames: int) -> tuple[float, float]:
    """F1 over all lines together, and the mean error in people per frame."""
    feet, people = read_truth(truth)
    matched = total = 0
    for rule in RULES:
        true = [event for event in true_events(feet, rule) if event[0] <= frames]
        found = [(c.frame, c.direction) for c in count.crossings[rule.name] if c.frame <= frames]
        matched += 2 * matches(true, found)
        total += len(true) + len(found)
    inside = np.array([entry.count for entry in count.occupancies["all"][:frames]])
    return matched / total, float(np.abs(inside - people[:frames]).mean())


def beginning(path: Path, frames: int, folder: Path) -> Path:
    """The first frames of a clip, as they are."""
    short = folder / "beginning.avi"
    with av.open(str(path)) as source, av.open(str(short), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        for number, packet in enumerate(source.demux(stream)):
            if number == frames or not packet.size:
                break
            packet.stream = copy
            target.mux(packet)
    return short


def test_motion_alone_counts_a_busy_square(shared_data: Path) -> None:
    video = shared_data / "video"
    count = count_clip(Clip(video / "vtest_480x360.avi"), [*RULES, EVERYWHERE])
    score, error = judge(count, video / "vtest_truth_mot.txt", FRAMES)
    assert score >= 0.96
    assert error <= 0.5


def test_detector_counts_it_better(shared_data: Path, tmp_path: Path) -> None:
    video = shared_data / "video"
    detector = OnnxDetector(shared_data / "detector" / "yolox_nano.onnx", threads=2)
    frames = 200  # Half of what is marked, for the sake of time; bench.cameras takes all.
    clip = Clip(beginning(video / "vtest_480x360.avi", frames, tmp_path))
    count = count_clip(clip, [*RULES, EVERYWHERE], detector=detector)
    score, error = judge(count, video / "vtest_truth_mot.txt", frames - 10)
    assert score >= 0.97
    assert error <= 0.4
    assert {str(c.object_class) for each in count.crossings.values() for c in each} == {"person"}


@pytest.mark.parametrize("seed", [11, 12])
def test_rendered_street_is_counted_as_it_was_drawn(seed: int, tmp_path: Path) -> None:
    scene = make_street_scene(seed=seed, seconds=30, fps=10, size_px=(480, 360), people=8)
    encode_clip(render(scene), tmp_path / "street.mp4", scene.fps)
    line = Rule("gate", RuleKind.LINE, ((230.0, 60.0), (250.0, 360.0)))
    square = Rule("all", RuleKind.ZONE, ((0, 0), (480, 0), (480, 360), (0, 360)))
    count = count_clip(Clip(tmp_path / "street.mp4"), [line, square])
    truth = [(c.frame, c.direction) for c in true_crossings(scene, line)]
    found = [(c.frame, c.direction) for c in count.crossings["gate"]]
    assert matches(truth, found, within=5) >= 0.9 * max(len(truth), len(found))
    inside = np.array([entry.count for entry in count.occupancies["all"]])
    assert np.abs(inside - true_occupancy(scene, square)).mean() <= 0.6


def test_command_prints_what_scripts_rely_on(
    street_clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "rules:\n"
        "  - {name: gate, kind: line, points: [[160, 0], [160, 240]]}\n"
        "  - {name: all, kind: zone, points: [[0, 0], [320, 0], [320, 240], [0, 240]]}\n"
    )
    assert run(["camera", "count", str(street_clip), "--rules", str(rules), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["frames"] == 150
    assert answer["fps"] == 12.5
    assert answer["rules"]["gate"]["kind"] == "line"
    for event in answer["rules"]["gate"]["events"]:
        assert set(event) == {"frame", "t_s", "direction", "class"}
        assert event["direction"] in {"left_to_right", "right_to_left"}
    occupancy = answer["rules"]["all"]["occupancy"]
    assert [entry["frame"] for entry in occupancy] == list(range(1, 151))


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("{folder}/none.avi", 2, "no such file"),
        ("{folder}/broken.avi", 2, "broken.avi cannot be read"),
        ("{folder}/cut.mp4", 2, "cut.mp4 cannot be read"),
        ("{folder}/playlist.m3u8", 2, "playlist.m3u8 cannot be read"),
        ("rtsp://127.0.0.1:9/live", 4, "cannot connect"),
        ("gopher://127.0.0.1/live", 2, "scheme must be"),
    ],
)
def test_unreadable_source_gets_a_plain_answer(
    source: str,
    code: int,
    message: str,
    street_clip: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "broken.avi").write_bytes(b"RIFF nothing of the kind" * 50)
    (tmp_path / "cut.mp4").write_bytes(street_clip.read_bytes()[:2_000])
    (tmp_path / "playlist.m3u8").write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{street_clip}\n")
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: [{name: gate, kind: line, points: [[160, 0], [160, 240]]}]\n")
    source = source.format(folder=tmp_path)
    assert run(["camera", "count", source, "--rules", str(rules)]) == code
    assert message in capsys.readouterr().err
