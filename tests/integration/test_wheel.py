"""The built wheel holds all that the installed service needs, and works without the project."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from patrol.demo.streets import make_streets

ROOT = Path(__file__).resolve().parents[2]
VENDOR = Path("patrol/web/static/vendor")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy, so that the project's own folder stays as it is."""
    copy = tmp_path_factory.mktemp("project")
    named = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--", "patrol", "setup.cfg", "pyproject.toml",
         "README.md", "LICENSE"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, named.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    shutil.copytree(ROOT / VENDOR, copy / VENDOR)
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "--no-build-isolation",
         "--no-index", "--wheel-dir", str(copy / "dist"), str(copy)],
        check=True, capture_output=True,
    )  # fmt: skip
    return next((copy / "dist").glob("patrol-*.whl"))


def test_the_wheel_holds_pages_texts_tables_and_the_libraries_of_the_pages(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for folder in ("web/static", "web/templates", "web/translations", "demo/data")
        for path in (ROOT / "patrol" / folder).rglob("*")
        if path.is_file()
    }
    wanted |= {
        str(path.relative_to(ROOT))
        for path in (ROOT / "patrol" / "store" / "migrations").rglob("*")
        if path.suffix in {".py", ".mako"}
    }
    assert any(name.startswith(str(VENDOR)) for name in wanted)
    assert sorted(wanted - held) == []
    assert "patrol/py.typed" in held
    assert not any(name.startswith(("tests/", "bench/", "tools/")) for name in held)


def test_the_unpacked_wheel_makes_a_county_without_the_project(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(place)
    environment = {**os.environ, "PYTHONPATH": str(place)}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert str(place) in run("-c", "import patrol; print(patrol.__file__)")
    run("-m", "patrol.cli.main", "init", "county")
    command = ("-m", "patrol.cli.main", "--config", str(tmp_path / "county" / "config.yaml"))
    (tmp_path / "streets.osm").write_text(make_streets(7).drawing.to_xml(), encoding="utf-8")
    run(*command, "import", "streets", "streets.osm")
    assert "0 mistakes" in run(*command, "check")
