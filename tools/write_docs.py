"""Write ``docs/commands.md`` and ``docs/api.md`` from the commands and the routes themselves."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from flask import Flask

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from patrol.app import opened  # noqa: E402 - found through the line above
from patrol.cli.main import cli  # noqa: E402
from patrol.web.factory import create_app  # noqa: E402
from patrol.web.permit import RULE, Openness  # noqa: E402

DOCS = ROOT / "docs"
COMMANDS_HEAD = """# Commands

<!-- Made from the commands by `make docs`; do not edit. -->

`--json` prints one JSON object on standard output and nothing else; progress and logs go to
standard error. Exit codes: 0 done, 1 our fault, 2 bad input, 3 no feasible plan, 4 the outside
world (camera, database, Redis). Every command takes `--config FILE`; otherwise the environment
variable `PATROL_CONFIG` names the file, else it is `./config.yaml`.
"""
API_HEAD = """# HTTP API

<!-- Made from the routes by `make docs`; do not edit. -->

JSON in and out under `/api/v1`. A success carries `"ok": true`; a failure is
`{"ok": false, "error": "...", "errors": [...], "status": 400}` with the same HTTP status. Places
are `lon` and `lat` in WGS 84 degrees, times ISO 8601 with a zone, lengths in meters, durations in
seconds unless the key says otherwise, shares in [0, 1], intervals half-open.

A person signs in on `/signin` and is known by a cookie; every request that changes something
needs the header `X-CSRFToken` with the value of the page's `<meta name="csrf-token">`. A device
sends `Authorization: Bearer TOKEN` and may send positions, nothing else. An answer to a change
comes after its commit. What the column *who* names are permissions of `patrol/model/access.py`;
of several, any one is enough. Live changes come over the websocket: [events.md](events.md).
"""
NO_PAGE = {"static"}


def make_commands_page() -> str:
    """``docs/commands.md``."""
    context = click.Context(cli, info_name="patrol")
    parts = [COMMANDS_HEAD]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            parts += _sections(command, context, f"patrol {name}")
    return "\n".join(parts)


def _sections(command: click.Command, parent: click.Context, name: str) -> list[str]:
    context = click.Context(command, info_name=name.rsplit(" ", 1)[-1], parent=parent)
    if isinstance(command, click.Group):
        found = [f"## {name}\n\n{_said(command.help)}\n"]
        for inner in command.list_commands(context):
            child = command.get_command(context, inner)
            if child is not None:
                found += _sections(child, context, f"{name} {inner}")
        return found
    words = " ".join(command.collect_usage_pieces(context))
    level = "##" if parent.parent is None else "###"
    lines = [f"{level} {name}", "", f"`{name} {words}`", "", _said(command.help), ""]
    rows = [
        _option_row(option)
        for option in command.params
        if isinstance(option, click.Option) and "--config" not in option.opts
    ]
    if rows:
        lines += ["| option | what it does |", "|---|---|", *rows, ""]
    return ["\n".join(lines)]


def _option_row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    default = option.to_info_dict().get("default")
    has_default = bool(option.show_default) and default not in (None, False, "", ())
    choices = getattr(option.type, "choices", ())
    said = [
        option.help or "",
        f"One of {', '.join(f'`{one}`' for one in choices)}." if choices else "",
        f"Default: `{default}`." if has_default else "",
        "Required." if option.required else "",
    ]
    return f"| {names} | {' '.join(filter(None, said))} |"


def make_api_page() -> str:
    """``docs/api.md``."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text("county: {name: 文档}\n", encoding="utf-8")
        with opened(config) as services:
            app = create_app(services)
    parts = [API_HEAD]
    for title, is_in in (
        ("API", lambda path: path.startswith("/api/")),
        ("Positions from other programs", lambda path: path.startswith("/ingest/")),
        ("Map, health", lambda path: path.startswith(("/tiles/", "/healthz"))),
        ("Pages", lambda path: not path.startswith(("/api/", "/ingest/", "/tiles/", "/healthz"))),
    ):
        rows = [row for path, row in _route_rows(app) if is_in(path)]
        parts.append(f"## {title}\n\n| request | who | what |\n|---|---|---|\n" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _route_rows(app: Flask) -> list[tuple[str, str]]:
    rows = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint in NO_PAGE:
            continue
        view = app.view_functions[rule.endpoint]
        path = shown_path(rule.rule)
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        said = _said((view.__doc__ or "").split("\n\n")[0]).replace("``", "`").replace("|", "\\|")
        rows.append((rule.rule, f"| `{methods} {path}` | {_who(view)} | {said} |"))
    return rows


def shown_path(rule: str) -> str:
    """A route's path with its parts in capitals: ``/api/v1/plans/PLAN_ID``."""
    return re.sub(
        r"<(?:(any\([^)]*\)|\w+):)?(\w+)>",
        lambda found: (
            "{" + found[1][4:-1].replace(", ", ",") + "}"
            if (found[1] or "").startswith("any(")
            else found[2].upper()
        ),
        rule,
    )


def _who(view: Any) -> str:
    rule = getattr(view, RULE, None)
    if isinstance(rule, Openness):
        return {"public": "anybody", "signed_in": "who is signed in"}[rule.value]
    return ", ".join(f"`{permission.value}`" for permission in rule or ())


def _said(text: str | None) -> str:
    paragraphs = (text or "").replace("\b", "").split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in paragraphs)


PAGES = {"commands.md": make_commands_page, "api.md": make_api_page}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
