"""The commented ``config.yaml`` and ``docs/config.md``, both made from the schema."""

import json
import re
import textwrap
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from patrol.config.describe import ANY_KEY, Key, Part, list_keys, list_parts

WIDTH = 100

_PLAIN_TEXT = re.compile(r"[\w\u3400-\u9fff./]([\w\u3400-\u9fff./ +-]*[\w\u3400-\u9fff./+-])?")
"""Texts that need no quotes wherever they stand, if ruamel.yaml agrees."""

HEADER = """\
# Configuration of patrol: every key with its default. Keys may be left out; unknown ones are
# errors. `patrol check` reports all mistakes at once. Secrets do not belong here: they come from
# the environment (PATROL_SECRET_NAME) or from the file that PATROL_SECRETS_FILE names.
"""

MARKDOWN_HEADER = """\
# Configuration

<!-- Made from patrol/config/schema by `python -m patrol.config.document`; do not edit. -->

`config.yaml` holds everything that can be set. Every key may be left out and then has the default
below; an unknown key, a wrong type or a value out of range is an error. `patrol check` reports all
mistakes at once, each as `config.yaml:LINE: key: message (got VALUE)`. Paths are relative to the
file. The file is YAML 1.2 (`no` and `22:30` are texts), at most 256 kB, without aliases.

The file is `--config FILE`, else the one that the environment variable `PATROL_CONFIG` names, else
`./config.yaml`.

## Secrets

Never in `config.yaml`. `PATROL_SECRET_NAME` in the environment gives the secret `name`; the file
that `PATROL_SECRETS_FILE` names gives several (`name: text`, one a line); the environment wins.
`session_key` signs the pages' cookies and `audit_key` the audit log; where nobody gives them they
are made once and kept in `keys/` of the data folder, readable by its owner only. A camera's
`secret` column names a secret of the form `user:password`.
"""


def make_config_yaml() -> str:
    """The file that ``patrol init`` writes."""
    out = [HEADER]
    for part in list_parts():
        indent = "  " * (len(part.path) - 1)
        if isinstance(part, Part):
            if len(part.path) == 1:
                out.append("\n")
            out += [_comment(part.description, indent), f"{indent}{part.path[-1]}:\n"]
            continue
        if len(part.path) == 1:
            out.append("\n")
        out += [_comment(_said(part), indent), _entry(part, indent)]
    return "".join(out)


def make_config_markdown() -> str:
    """``docs/config.md``: one table per section."""
    titles = {part.path: part.description for part in list_parts() if isinstance(part, Part)}
    sections: dict[tuple[str, ...], list[Key]] = {}
    for key in list_keys():
        sections.setdefault(key.path[:-1], []).append(key)
    out = [MARKDOWN_HEADER]
    for section, keys in sections.items():
        for key in keys if not section else ():
            out.append(f"\n## {key.dotted}\n\n{key.description} Default:\n\n")
            out.append(f"```yaml\n{_entry(key, '')}```\n")
        if section:
            about = titles.get(section, f"Each entry of `{'.'.join(section[:-1])}`.")
            out.append(f"\n## {'.'.join(section)}\n\n{about}\n\n")
            out.append("| key | default | allowed | what it is for |\n|---|---|---|---|\n")
            out += [_row(key) for key in keys]
    return "".join(out)


def write_yaml(value: Any) -> str:
    """A value as YAML without a line end; lists of plain values stay on one line."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.allow_unicode = True
    yaml.width = WIDTH
    # ruamel's own annotation says None, its documentation says bool.
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = StringIO()
    yaml.dump(value, out)
    return out.getvalue().removesuffix("...\n").rstrip("\n")


def _said(key: Key) -> str:
    return " ".join(
        part
        for part in (key.description, f"Allowed: {key.allowed}." if key.allowed else "")
        if part
    )


def _comment(text: str, indent: str) -> str:
    return (
        textwrap.fill(
            text,
            WIDTH,
            initial_indent=f"{indent}# ",
            subsequent_indent=f"{indent}# ",
            break_on_hyphens=False,
            break_long_words=False,
        )
        + "\n"
    )


def _entry(key: Key, indent: str) -> str:
    if isinstance(key.default, dict) and not any(
        isinstance(item, dict) for item in key.default.values()
    ):
        return f"{indent}{key.path[-1]}: {write_inline(key.default)}\n"
    return write_entry(key.path[-1], key.default, indent)


def write_entry(name: str, value: Any, indent: str) -> str:
    """One entry of a map, with its line end: a map on lines of its own, the rest on one line."""
    if isinstance(value, dict) and value:
        inner = "".join(
            write_entry(key, item, indent + "  ")
            if isinstance(item, dict) and any(isinstance(part, dict) for part in item.values())
            else f"{indent}  {write_inline(key)}: {write_inline(item)}\n"
            for key, item in value.items()
        )
        return f"{indent}{write_inline(name)}:\n{inner}"
    return f"{indent}{write_inline(name)}: {write_inline(value)}\n"


def write_inline(value: Any) -> str:
    """A plain value, list or map on one line, as it may stand anywhere in a file."""
    if isinstance(value, dict):
        pairs = (f"{write_inline(key)}: {write_inline(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(write_inline(item) for item in value) + "]"
    if isinstance(value, str) and not _PLAIN_TEXT.fullmatch(value):
        # YAML 1.2 reads every JSON text as it is; it also keeps 08:00 a text in YAML 1.1.
        quoted = json.dumps(value, ensure_ascii=False)
        return "".join(sign if sign.isprintable() else _escaped(sign) for sign in quoted)
    return write_yaml(value)


def _escaped(sign: str) -> str:
    """A line separator or another unseen sign, which YAML would take for a line's end."""
    return f"\\u{ord(sign):04x}" if ord(sign) <= 0xFFFF else f"\\U{ord(sign):08x}"


def _row(key: Key) -> str:
    if key.default is ...:
        default = "none: must be given"
    elif isinstance(key.default, dict) and key.default and ANY_KEY not in key.path:
        default = "see config.yaml"
    else:
        default = f"`{write_inline(key.default)}`"
    cells = (f"`{key.path[-1]}`", default, key.allowed or key.kind, key.description)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def main() -> None:
    """Write ``config.yaml`` and ``docs/config.md`` of the project that this is run in."""
    Path("config.yaml").write_text(make_config_yaml(), encoding="utf-8")
    Path("docs/config.md").write_text(make_config_markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
