"""The table of commands says what the modules hold, and failures become exit codes."""

import importlib
import json
import pkgutil

import click
import pytest

import patrol.cli
from patrol.cli import main
from patrol.cli.main import COMMANDS, cli, run
from patrol.model.errors import InputError, OutsideError, PatrolError, PlanError


def modules() -> list[str]:
    return [
        module.name
        for module in pkgutil.iter_modules(patrol.cli.__path__)
        if module.name not in {"main", "output", "program"}
    ]


def test_every_command_is_in_the_table_and_every_entry_has_its_command() -> None:
    found: dict[str, set[str]] = {}
    for name in modules():
        module = importlib.import_module(f"patrol.cli.{name}")
        for command in getattr(module, "commands", ()):
            found.setdefault(str(command.name), set()).add(name)
    assert found == {name: set(entry.modules) for name, entry in COMMANDS.items()}


def test_the_list_of_commands_imports_none_of_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forbidden(name: str) -> None:
        raise AssertionError(f"--help imported {name}")

    monkeypatch.setattr(main.importlib, "import_module", forbidden)
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in cli.list_commands(click.Context(cli)))


def test_every_command_takes_a_configuration_and_says_what_it_is_for() -> None:
    context = click.Context(cli)
    pending = [cli.get_command(context, name) for name in COMMANDS]
    while pending:
        command = pending.pop()
        assert command is not None
        if isinstance(command, click.Group):
            pending += command.commands.values()
            continue
        assert command.help, command.name
        assert any("--config" in parameter.opts for parameter in command.params), command.name


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("hotspots.cell_m must be in [50, 1000], got 3"), 2),
        (PlanError("no unit can reach any hotspot"), 3),
        (OutsideError("database x: refused"), 4),
    ],
)
def test_failures_become_exit_codes_and_one_json_object(
    error: PatrolError,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command("check")
    @click.option("--json", "as_json", is_flag=True)
    def failing(*, as_json: bool) -> None:
        raise error

    monkeypatch.setattr(cli, "get_command", lambda _context, _name: failing)
    assert run(["check"]) == code
    assert capsys.readouterr() == ("", f"error: {error}\n")
    assert run(["check", "--json"]) == code
    shown = json.loads(capsys.readouterr().out)
    assert shown == {"ok": False, "error": str(error), "errors": [], "status": error.status}


def test_an_unknown_command_is_a_mistake_of_the_caller(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["patroll"]) == 2
    assert "No such command 'patroll'" in capsys.readouterr().err
