"""The documents say what the code does: every key, request, event and command is in them."""

import re
import subprocess
from pathlib import Path

import pytest

from patrol.config.describe import list_keys
from patrol.config.document import make_config_markdown, make_config_yaml, write_inline
from patrol.model.event import EventKind
from tools.write_docs import PAGES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PLACES_OF_ONE_MACHINE = re.compile(r"/(?:work|root|farm)/")

pytestmark = pytest.mark.slow


def tracked(*patterns: str) -> list[Path]:
    """Files of the project that git knows."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", *patterns],
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_made_from_the_code_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_every_key_of_the_configuration_is_documented() -> None:
    assert (DOCS / "config.md").read_text(encoding="utf-8") == make_config_markdown()
    assert (ROOT / "config.yaml").read_text(encoding="utf-8") == make_config_yaml()


def test_every_key_of_the_hotspot_map_has_its_meaning_default_and_range() -> None:
    page = (DOCS / "hotspots.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z_.<>]+)` (\|.*)$", page, re.MULTILINE))
    keys = {".".join(key.path[1:]): key for key in list_keys() if key.path[0] == "hotspots"}
    assert sorted(rows) == sorted(keys)
    for name, key in keys.items():
        default, allowed, meaning = (part.strip() for part in rows[name].strip("| ").split("|"))
        assert allowed == (key.allowed or key.kind), name
        assert default in (f"`{write_inline(key.default)}`", "see [config](config.md)"), name
        assert len(meaning) > 20, name


def test_every_kind_of_event_is_documented_and_no_other() -> None:
    page = (DOCS / "events.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", page, re.MULTILINE)
    assert sorted(rows) == sorted(EventKind)


@pytest.mark.parametrize(
    "command",
    [
        "init", "check", "import streets", "import incidents", "import cameras", "import units",
        "import bases", "import sites", "import towns", "import survey", "hotspots build",
        "hotspots backtest", "plan", "solve-top", "camera count", "serve", "web", "planner",
        "cameras", "keeper", "simulate", "user add", "demo", "report visibility", "report coverage",
        "report response", "report safety",
    ],
)  # fmt: skip
def test_a_command_that_people_script_against_stays(command: str) -> None:
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert re.search(rf"^###? patrol {command}$", page, re.MULTILINE)


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in tracked("*.md")
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_target_of_make_is_in_its_help() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = next(line for line in text.splitlines() if line.startswith(".PHONY:"))
    told = set(re.findall(r"^#   make (\w+)", text, re.MULTILINE))
    assert set(phony.split()[1:]) - {"help"} == told


def test_no_file_names_a_place_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked(":!*.lock", ":!tests/drift/*")
        if path.suffix
        in {".py", ".md", ".js", ".html", ".css", ".sh", ".cfg", ".toml", ".yaml", ""}
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if PLACES_OF_ONE_MACHINE.search(line)
    ]
    assert found == []


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("[0-9]*.md")]
    assert sorted(numbers) == [f"{number + 1:04d}" for number in range(len(numbers))]
