"""Tuning the weights: a change lands in config.yaml with its comments, and can be undone."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.tuning import mutated
from patrol.app import opened
from patrol.config.load import parse_config
from patrol.model.errors import ConflictError, InputError, NotFoundError
from patrol.usecase.services import Services
from patrol.usecase.tune import WeightChange, apply_weights, read_weights, rollback_weights
from patrol.usecase.weights import present_weights

pytestmark = pytest.mark.slow  # every change is told on a bus that has to start

TEXT = """\
county:
  name: 测试县
hotspots:
  # 去年的试验
  half_life_d: 240  # days
  kinds:
    盗窃: {weight: 2}
  # 其他
  other_kinds: 1.0
"""


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    path = tmp_path / "config.yaml"
    path.write_text(TEXT, encoding="utf-8")
    with opened(path) as made:
        yield made


def change(version: int, partial: dict[str, object], reason: str = "more thefts") -> WeightChange:
    return WeightChange(version, partial, reason, "Ping")


def test_a_change_is_written_kept_and_used_at_once(services: Services) -> None:
    assert read_weights(services).version == 0
    made = apply_weights(services, change(0, {"half_life_d": 60}))
    assert present_weights(services).hotspots.half_life_d == 60
    weights = read_weights(services)
    assert weights.version == made.version
    assert [(one.actor, one.reason) for one in weights.history] == [
        ("Ping", "more thefts"),
        ("config.yaml", "as found when weights were first applied"),
    ]
    text = services.config_path.read_text(encoding="utf-8")
    # Nothing but the number changes, comments and spaces included.
    assert text == TEXT.replace("240", "60")


def test_going_back_restores_the_weights_and_keeps_the_comments(services: Services) -> None:
    apply_weights(services, change(0, {"kinds": {"斗殴": {"weight": 5}}, "band_h": 3}))
    made = rollback_weights(services, 1, version=2, reason="no effect", actor="Ping")
    assert made.version == 3
    assert made.hotspots == services.versions.get_version(1).hotspots
    text = services.config_path.read_text(encoding="utf-8")
    for kept in ("# 去年的试验", "# days", "# 其他", "盗窃"):
        assert kept in text
    assert "斗殴" not in text


def test_taking_out_the_last_kind_keeps_the_comment_below_it(services: Services) -> None:
    apply_weights(services, change(0, {"kinds": {"盗窃": None}}))
    assert present_weights(services).hotspots.kinds == {}
    lines = services.config_path.read_text(encoding="utf-8").splitlines()
    assert lines[-3:] == ["  kinds: {}", "  # 其他", "  other_kinds: 1.0"]


def test_the_second_of_two_planners_gets_a_conflict(services: Services) -> None:
    seen = read_weights(services)
    made = apply_weights(services, change(seen.version, {"half_life_d": 60}))
    with pytest.raises(ConflictError, match=f"version {made.version} is the newest, your change"):
        apply_weights(services, change(seen.version, {"half_life_d": 90}))
    assert present_weights(services).hotspots.half_life_d == 60


def test_a_file_edited_since_it_was_read_is_a_conflict(services: Services) -> None:
    seen = read_weights(services)
    services.config_path.write_text(TEXT.replace("240", "100"), encoding="utf-8")
    with pytest.raises(ConflictError, match="was edited since you read it"):
        apply_weights(
            services,
            WeightChange(seen.version, {"band_h": 3}, "x", "Ping", digest=seen.digest),
        )


def test_what_was_edited_by_hand_becomes_a_version_of_its_own(services: Services) -> None:
    first = apply_weights(services, change(0, {"band_h": 3}))
    text = services.config_path.read_text(encoding="utf-8")
    services.config_path.write_text(text.replace("240", "77"), encoding="utf-8")
    weights = read_weights(services)
    assert weights.edited
    assert weights.hotspots.half_life_d == 77
    apply_weights(services, change(first.version, {"band_h": 4}))
    history = read_weights(services).history
    assert [one.reason for one in history[:2]] == ["more thefts", "edited by hand"]
    assert history[0].hotspots["half_life_d"] == 77


def test_a_broken_file_keeps_the_last_good_weights(services: Services) -> None:
    assert present_weights(services).hotspots.half_life_d == 240
    services.config_path.write_text(TEXT.replace("240", "-3"), encoding="utf-8")
    present = present_weights(services)
    assert present.hotspots.half_life_d == 240
    assert present.problems[0].startswith("config.yaml:5: hotspots.half_life_d")
    with pytest.raises(InputError, match="mend them first"):
        apply_weights(services, change(0, {"band_h": 3}))
    services.config_path.write_text(TEXT.replace("240", "30"), encoding="utf-8")
    assert present_weights(services).hotspots.half_life_d == 30


def test_mutated_files_never_stop_the_reader_or_change_the_weights(services: Services) -> None:
    # `python -m bench.tuning` tries ten thousand.
    draw, last = random.Random(11), present_weights(services).hotspots
    refused = 0
    for _ in range(200):
        raw = mutated(TEXT, draw)
        services.config_path.write_bytes(raw)
        try:
            last = parse_config(raw).hotspots
        except InputError:
            refused += 1
        present = present_weights(services)
        assert present.hotspots == last, raw
        assert all(problem.startswith("config.yaml:") for problem in present.problems)
    assert 20 < refused < 200


@pytest.mark.parametrize(
    ("partial", "message"),
    [
        ({"half_life_d": -1}, r"hotspots.half_life_d.*got -1"),
        ({"sources": {"patrol": 0.5}}, r"patrol must be in \[0, 0.2\]"),
        ({"speed": 1}, "hotspots.speed"),
        ({"layers": {"sites": "many"}}, r"hotspots.layers.sites.*'many'"),
    ],
)
def test_a_weight_out_of_range_is_refused_and_nothing_is_written(
    services: Services, partial: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        apply_weights(services, change(0, partial))
    assert services.config_path.read_text(encoding="utf-8") == TEXT
    assert read_weights(services).version == 0


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_change_needs_a_reason(services: Services, reason: str) -> None:
    with pytest.raises(InputError, match="reason must have 1 to 500 characters"):
        apply_weights(services, change(0, {"band_h": 3}, reason))


OLD = """\
hotspots:
  # 三年前的值
  half_life_d: 120
  # what the map learns
  learn:
    half_life: false  # not yet
    smoothing: true
    shift_blend: true
  band_h: 3
"""


def test_the_switches_of_an_older_file_hold_until_weights_are_applied(services: Services) -> None:
    services.config_path.write_text(OLD, encoding="utf-8")
    before = present_weights(services)
    assert before.problems == ()
    assert (before.hotspots.half_life_d, before.hotspots.shift_blend_share) == (120, "auto")
    made = apply_weights(services, change(0, {"shift_blend_share": 0.25}))
    assert made.hotspots["shift_blend_share"] == 0.25
    text = services.config_path.read_text(encoding="utf-8")
    assert "learn:" not in text
    for kept in ("# 三年前的值", "half_life_d: 120", "smoothing_share: auto", "band_h: 3"):
        assert kept in text
    assert present_weights(services).hotspots.shift_blend_share == 0.25
    back = rollback_weights(services, 1, version=2, reason="", actor="Ping")
    assert back.hotspots["shift_blend_share"] == "auto"


def test_going_back_to_a_version_with_switches_brings_what_they_meant(services: Services) -> None:
    body = {"half_life_d": 90.0, "learn": {"half_life": True, "smoothing": False}}
    services.versions.add_version(body, actor="Ping", reason="old", at=services.clock(), after=0)
    apply_weights(services, change(1, {"half_life_d": 30, "smoothing_share": 0.5}))
    newest = read_weights(services).version
    back = rollback_weights(services, 1, version=newest, reason="as it was", actor="Ping")
    assert (back.hotspots["half_life_d"], back.hotspots["smoothing_share"]) == ("auto", 0.0)
    assert "half_life_d: auto" in services.config_path.read_text(encoding="utf-8")


def test_a_version_that_never_was_cannot_be_gone_back_to(services: Services) -> None:
    with pytest.raises(NotFoundError, match="version 9 does not exist"):
        rollback_weights(services, 9, version=0, reason="x", actor="Ping")
