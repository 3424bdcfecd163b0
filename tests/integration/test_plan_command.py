"""``patrol plan`` and ``patrol solve-top`` from the command line: exit codes, words, JSON."""

import json
from pathlib import Path

import pytest

from patrol.cli.main import run

INSTANCE = "n 5\nm 1\ntmax 4.0\n0 0 0\n1 0 3\n2 0 4\n3 0 5\n4 0 0\n"


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(["init", str(tmp_path / "county")]) == 0
    capsys.readouterr()
    return tmp_path / "county"


def plan(folder: Path, *options: str) -> int:
    config = str(folder / "config.yaml")
    return run(["--config", config, "plan", "--shift", "day", "--date", "2026-03-02", *options])


def test_a_shift_without_units_ends_with_exit_code_3(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan(folder, "--json") == 3
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["status"]) == (False, 409)
    assert "no units to plan for" in answer["error"]


def test_an_unknown_shift_is_named_with_those_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan(folder, "--shift", "dawn") == 2
    assert "shift must be one of day, evening, night, got dawn" in capsys.readouterr().err


def test_a_date_that_is_none_is_bad_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan(folder, "--date", "tomorrow") == 2
    assert "--date must be YYYY-MM-DD, got tomorrow" in capsys.readouterr().err


def test_a_search_without_time_is_bad_input(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan(folder, "--seconds", "0") == 2
    assert "seconds must be in (0, 3600], got 0.0" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_noticed_before_the_search(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan(folder, "--out", str(folder / "none" / "plan.geojson")) == 2
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.slow
def test_an_instance_is_solved_with_nothing_but_json_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "instance.txt"
    path.write_text(INSTANCE, encoding="utf-8")
    assert run(["solve-top", str(path), "--seconds", "0.1", "--seed", "3", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["score"] == 12
    assert answer["routes"] == [[2, 3, 4]]
    assert 0 < answer["cpu_s"] < 5


def test_an_instance_that_is_none_names_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "instance.txt"
    path.write_text("n 5\nm one\ntmax 4\n", encoding="utf-8")
    assert run(["solve-top", str(path), "--seconds", "1"]) == 2
    assert "instance.txt:2: 'one' is not a number" in capsys.readouterr().err
