"""Rule files of ``patrol camera count``: lines and zones in pixels of the source."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from patrol.model.camera import CROWD_OVER, LASTING_S, Rule, RuleKind
from patrol.model.errors import InputError

LARGEST_FILE = 256 * 1024
"""Bytes; a rule file of a thousand rules has a tenth of this."""

_KEYS = {"name", "kind", "points"}
_LIMITS = {"over", "lasting_s", "direction", "least_height_px"}
"""Keys that may be left out, see :class:`~patrol.model.camera.Rule`."""


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read a rule file.

    Raises
    ------
    InputError
        With every mistake at once, each naming the file, the rule and the key.
    """
    return make_rules(_load(path), str(path))


def read_rules_by_camera(path: Path) -> dict[str, tuple[Rule, ...]]:
    """Read ``cameras: {ID: {rules: [...]}}``, the rules of a whole inventory.

    Raises
    ------
    InputError
        With every mistake of the first wrong camera, each naming the file, the rule and the key.
    """
    content = _load(path)
    cameras = content.get("cameras") if isinstance(content, dict) else None
    if not isinstance(cameras, dict) or len(content) != 1:
        raise InputError(f"{path}: must hold the one key `cameras`: {{ID: {{rules: [...]}}}}")
    return {str(name): make_rules(entry, f"{path}: {name}") for name, entry in cameras.items()}


def make_rules(content: Any, where: str) -> tuple[Rule, ...]:
    """Turn parsed YAML or JSON, ``{rules: [...]}``, into rules; ``where`` names it in messages.

    Raises
    ------
    InputError
        With every mistake at once, each naming ``where``, the rule and the key.
    """
    if not isinstance(content, dict) or set(content) != {"rules"}:
        raise InputError(f"{where}: must hold the one key `rules`")
    entries = content["rules"]
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{where}: rules must be a list of at least one rule, got {entries!r}")
    rules: list[Rule] = []
    errors: list[str] = []
    for number, entry in enumerate(entries, start=1):
        try:
            rule = _make_rule(entry)
            if any(rule.name == other.name for other in rules):
                raise InputError(f"name {rule.name} is used twice")  # noqa: TRY301 - one of many
            rules.append(rule)
        except InputError as error:
            errors.append(f"{where}: rule {number}: {error}")
    if errors:
        raise InputError("\n".join(errors), errors)
    return tuple(rules)


def _load(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path}: has {path.stat().st_size} bytes, at most {LARGEST_FILE}")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"rule file {path} cannot be read: {error}") from error
    yaml = YAML(typ="safe", pure=True)
    try:
        # Aliases could unfold into billions of nodes; a rule file has no use for them.
        if any(type(event).__name__ == "AliasEvent" for event in yaml.parse(text)):
            raise InputError(f"{path}: YAML aliases are not allowed")
        return yaml.load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        why = getattr(error, "problem", None) or "not YAML"
        raise InputError(f"{path}{line}: {why}") from error


def _make_rule(entry: Any) -> Rule:
    if not isinstance(entry, dict):
        raise InputError(f"must be a mapping of {', '.join(sorted(_KEYS))}, got {entry!r}")
    unknown, missing = set(entry) - _KEYS - _LIMITS, _KEYS - set(entry)
    if unknown:
        raise InputError(f"unknown key {', '.join(map(str, sorted(unknown, key=str)))}")
    if missing:
        raise InputError(f"key {', '.join(sorted(missing))} is missing")
    kinds = [str(kind) for kind in RuleKind]
    if entry["kind"] not in kinds:
        raise InputError(f"kind must be one of {', '.join(kinds)}, got {entry['kind']!r}")
    kind = RuleKind(entry["kind"])
    return Rule(
        str(entry["name"] or ""),
        kind,
        _make_points(entry["points"]),
        over=_make_over(entry.get("over", CROWD_OVER if kind is RuleKind.CROWDING else 0)),
        lasting_s=_make_number("lasting_s", entry.get("lasting_s", LASTING_S.get(kind, 0.0))),
        direction=str(entry.get("direction", "")),
        least_height_px=_make_number("least_height_px", entry.get("least_height_px", 0.0)),
    )


def _make_over(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"over must be a whole number, got {value!r}")
    return value


def _make_number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{key} must be a number, got {value!r}")
    return float(value)


def _make_points(value: Any) -> tuple[tuple[float, float], ...]:
    if not isinstance(value, list):
        raise InputError(f"points must be a list of [x, y], got {value!r}")
    points = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise InputError(f"points must be pairs [x, y], got {pair!r}")
        if any(isinstance(v, bool) or not isinstance(v, int | float) for v in pair):
            raise InputError(f"points must be numbers, got {pair!r}")
        if not all(-10_000 <= v <= 20_000 for v in pair):
            raise InputError(f"points must be in [-10000, 20000] px, got {pair!r}")
        points.append((float(pair[0]), float(pair[1])))
    return tuple(points)
