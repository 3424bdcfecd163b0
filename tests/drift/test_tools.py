"""Formatter, linters, types and rings are green: what `make check` runs, for those who forget."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

CHECKS = {
    "ruff": [str(BIN / "ruff"), "check", "."],
    "ruff format": [str(BIN / "ruff"), "format", "--check", "."],
    "mypy": [str(BIN / "mypy")],
    "import rings": [str(BIN / "lint-imports")],
    "tsc": [sys.executable, "tools/vendor_js.py", "check"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_check_is_green(name: str) -> None:
    done = subprocess.run(CHECKS[name], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6_000:]
