"""What the pages are made of fits together: texts in both languages, icons that exist."""

import json
import re
from pathlib import Path

import pytest

from patrol.model.access import Role
from patrol.model.alert import AlertKind
from patrol.model.camera import CameraState, RuleKind
from patrol.model.incident import IncidentStatus, Source
from patrol.model.plan import PlanStatus
from patrol.model.unit import Mode, UnitStatus

ROOT = Path(__file__).resolve().parents[3]
WEB = ROOT / "patrol" / "web"
TEXTS = {
    lang: json.loads((WEB / "translations" / f"{lang}.json").read_text(encoding="utf-8"))
    for lang in ("zh", "en")
}
SOURCES = [
    path
    for folder, pattern in (("templates", "*.html"), ("static/js", "*.js"))
    for path in sorted((WEB / folder).rglob(pattern))
]
GROUPS = {
    "mode": Mode,
    "status": UnitStatus,
    "incident_status": IncidentStatus,
    "source": Source,
    "camera_state": CameraState,
    "rule_kind": RuleKind,
    "alert_kind": AlertKind,
    "plan_status": PlanStatus,
    "role": Role,
}


def _used_keys(text: str) -> set[str]:
    return set(re.findall(r"""\bt\(\s*["']([a-z0-9_]+\.[a-z0-9_.]+)["']""", text))


def test_both_catalogues_have_the_same_keys_and_no_empty_text() -> None:
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()
    assert [key for texts in TEXTS.values() for key, text in texts.items() if not text] == []


def test_both_languages_fill_the_same_places() -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"\{(\w+)\}", text))

    differing = [
        key for key, text in TEXTS["zh"].items() if places(text) != places(TEXTS["en"][key])
    ]
    assert differing == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_text_a_page_asks_for_exists(path: Path) -> None:
    assert _used_keys(path.read_text(encoding="utf-8")) - TEXTS["zh"].keys() == set()


@pytest.mark.parametrize("group", GROUPS)
def test_every_state_has_a_name_in_both_languages(group: str) -> None:
    missing = [one.value for one in GROUPS[group] if f"{group}.{one.value}" not in TEXTS["zh"]]
    assert missing == []


def test_every_icon_a_page_names_is_in_the_sprite() -> None:
    listed = set((ROOT / "tools" / "icons.txt").read_text(encoding="utf-8").split())
    used = {
        name
        for path in SOURCES
        for name in re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']""", path.read_text("utf-8"))
    }
    assert len(used) > 20
    assert used - listed == set()


def test_no_page_writes_markup_or_asks_another_host() -> None:
    unsafe = re.compile(
        r"innerHTML\s*=|insertAdjacentHTML|document\.write|\|safe\b|https?://(?!www\.w3\.org)"
    )
    found = {
        path.name: unsafe.findall(path.read_text("utf-8"))
        for path in SOURCES
        if unsafe.search(path.read_text("utf-8"))
    }
    assert found == {}


def test_no_template_has_inline_handlers_or_styles() -> None:
    inline = re.compile(r"""\son[a-z]+=["']|\sstyle=["']|<style""")
    assert [path.name for path in SOURCES if inline.search(path.read_text("utf-8"))] == []


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, two: str) -> float:
    """Contrast of two colors as WCAG 2.2 defines it, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [":root {", '[data-bs-theme="dark"] {'])
def test_texts_can_be_read_on_every_ground_by_day_and_by_night(theme: str) -> None:
    css = (WEB / "static" / "css" / "app.css").read_text(encoding="utf-8")
    block = css.split(theme, 1)[1].split("}", 1)[0]
    colors = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))
    texts = [name for name in colors if name.startswith(("st-", "ink"))]
    assert len(texts) >= 13
    weak = [
        f"{text} on {ground}: {_contrast(colors[text], colors[ground]):.2f}"
        for text in texts
        for ground in ("panel", "sunken", "hover", "chosen")
        if _contrast(colors[text], colors[ground]) < 4.5
    ]
    weak += [
        f"{name}: {_contrast(colors[f'{name}-ink'], colors[f'{name}-bg']):.2f}"
        for name in ("warn", "alarm")
        if _contrast(colors[f"{name}-ink"], colors[f"{name}-bg"]) < 4.5
    ]
    assert weak == []
