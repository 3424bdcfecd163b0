from pathlib import Path

import pytest

from patrol.model.camera import LASTING_S, RuleKind
from patrol.model.errors import InputError
from patrol.read.rules import read_rules

CROWD = "rules: [{{name: a, kind: crowding, points: [[0, 0], [9, 0], [9, 9]], {}}}]"
WAY = "rules: [{{name: a, kind: wrong_way, points: [[0, 0], [9, 0]], {}}}]"


def write(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_lines_and_zones_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "rules: [{name: gate, kind: line, points: [[1, 2], [3.5, 4]]},\n"
        "        {name: 广场, kind: zone, points: [[0, 0], [9, 0], [9, 9]]}]\n",
    )
    gate, square = read_rules(path)
    assert gate.points == ((1.0, 2.0), (3.5, 4.0))
    assert (square.name, square.kind) == ("广场", RuleKind.ZONE)


def test_rules_that_notice_are_read_with_their_limits(tmp_path: Path) -> None:
    zone = "points: [[0, 0], [9, 0], [9, 9]]"
    path = write(
        tmp_path,
        f"rules: [{{name: crowd, kind: crowding, {zone}, over: 4, lasting_s: 5}},\n"
        f"        {{name: loiter, kind: loitering, {zone}}},\n"
        f"        {{name: parked, kind: stopped_vehicle, {zone}, lasting_s: 30.5}},\n"
        "        {name: way, kind: wrong_way, points: [[0, 0], [9, 9]],\n"
        "         direction: right_to_left}]\n",
    )
    crowd, loiter, parked, way = read_rules(path)
    assert (crowd.over, crowd.lasting_s) == (4, 5.0)
    assert (loiter.over, loiter.lasting_s) == (0, LASTING_S[RuleKind.LOITERING])
    assert parked.lasting_s == 30.5
    assert (way.direction, way.is_line, crowd.is_line) == ("right_to_left", True, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: [", "rules.yaml:"),
        ("", "one key `rules`"),
        ("rules: []", "at least one rule"),
        ("rules: [3]", "rule 1: must be a mapping"),
        ("rules: [{name: a, kind: line}]", "key points is missing"),
        ("rules: [{name: a, kind: line, points: [[0, 0], [1, 1]], x: 1}]", "unknown key x"),
        ("rules: [{name: a, kind: arc, points: [[0, 0], [1, 1]]}]", "wrong_way, got 'arc'"),
        (CROWD.format("over: 0"), "over must be in [1, 1000], got 0"),
        (CROWD.format("over: 2.5"), "over must be a whole number, got 2.5"),
        (CROWD.format("lasting_s: 0"), "lasting_s must be in [1, 3600], got 0"),
        (CROWD.format("lasting_s: .nan"), "lasting_s must be in [1, 3600], got nan"),
        (CROWD.format("direction: left_to_right"), "belongs to wrong_way only"),
        (CROWD.format("lasting_s: long"), "lasting_s must be a number, got 'long'"),
        (CROWD.format("least_height_px: -1"), "least_height_px must be in [0, 10000], got -1"),
        (WAY.format("over: 3"), "over belongs to crowding only, got 3"),
        (WAY.format("lasting_s: 3"), "lasting_s belongs to crowding, loitering"),
        (WAY.format("direction: up"), "left_to_right or right_to_left, got 'up'"),
        ("rules: [{name: a, kind: line, points: [[0, 0]]}]", "a line needs 2 points, got 1"),
        ("rules: [{name: a, kind: line, points: [[0, 0], [0, 0]]}]", "must differ"),
        ("rules: [{name: a, kind: zone, points: [[0, 0], [1, 1]]}]", "needs >= 3 points"),
        ("rules: [{name: a, kind: line, points: [[0, x], [1, 1]]}]", "numbers, got [0, 'x']"),
        ("rules: [{name: a, kind: line, points: [[0], [1, 1]]}]", "pairs [x, y], got [0]"),
        ("rules: [{name: a, kind: line, points: [[0, 1e9], [1, 1]]}]", "[-10000, 20000] px"),
        ("rules: &a [*a]", "aliases are not allowed"),
        ("rules: [{name: '', kind: line, points: [[0, 0], [1, 1]]}]", "must not be empty"),
    ],
)
def test_mistake_names_file_rule_and_value(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read_rules(write(tmp_path, text))
    assert message in str(error.value)
    assert "rules.yaml" in str(error.value)


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    line = "{name: a, kind: line, points: [[0, 0]]}"
    with pytest.raises(InputError) as error:
        read_rules(write(tmp_path, f"rules: [{line}, {line}]"))
    assert len(error.value.errors) == 2


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml"):
        read_rules(tmp_path / "none.yaml")


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    line = "{name: a, kind: line, points: [[0, 0], [1, 1]]}"
    with pytest.raises(InputError, match="used twice"):
        read_rules(write(tmp_path, f"rules: [{line}, {line}]"))
