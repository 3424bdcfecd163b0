"""The harness keeps what a reader needs to believe a figure."""

import json
from pathlib import Path

import pytest

from bench.harness import Bench, best_of, percentile, run


def measure(bench: Bench) -> None:
    bench.figure("segments", 12)
    bench.compare("matrix", ours=2.0, peers={"slow": 6.0}, measure="s", better="lower")
    bench.compare("score", ours=9.0, peers={"good": 10.0}, measure="", better="higher")
    bench.bar("matrix", 2.0, at_most=1.0, measure="s")


def test_a_result_names_machine_versions_seed_and_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r.json"
    run("x", measure, doc="", packages=("numpy",), argv=["--quick", "--json", "--out", str(out)])
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(out.read_text(encoding="utf-8"))
    assert printed["seed"] == 7
    assert printed["machine"]["cores"] >= 1
    assert {"python", "patrol", "numpy"} <= printed["versions"].keys()
    assert printed["commit"]


def test_a_ratio_over_one_means_ours_is_better(capsys: pytest.CaptureFixture[str]) -> None:
    result = run("x", measure, doc="", argv=["--quick"])
    assert [row["ratios"] for row in result["comparisons"]] == [{"slow": 3.0}, {"good": 0.9}]
    assert "ratio 3" in capsys.readouterr().out


def test_a_missed_bar_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    result = run("x", measure, doc="", argv=["--quick"])
    assert result["bars"][0]["met"] is False
    assert "MISSED" in capsys.readouterr().out


def test_best_of_runs_the_work_as_often_as_asked() -> None:
    calls: list[int] = []
    best_of(lambda: calls.append(1), repeats=3)
    assert len(calls) == 3


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.99) == 1.0
