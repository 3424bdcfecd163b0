"""``patrol``: finds the command that was asked for, and turns failures into exit codes."""

import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

import patrol.cli
from patrol.cli.output import start_logging, tell, tell_error
from patrol.cli.program import Program
from patrol.model.errors import PatrolError

log = logging.getLogger(__name__)

INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C ended."""


class Entry(NamedTuple):
    """Where a command is, and its line in the list of commands."""

    modules: tuple[str, ...]
    help: str


# Named here so that `patrol --help` imports none of them; a test compares this with the modules.
COMMANDS: dict[str, Entry] = {
    "init": Entry(("setup",), "Write a data folder with a commented config.yaml."),
    "check": Entry(("setup",), "Report every mistake in config and data at once."),
    "import": Entry(("imports", "imports_streets"), "Read streets, incidents and other files."),
    "streets": Entry(("streets",), "Close streets for a while and open them again."),
    "hotspots": Entry(("hotspots",), "Hotspot maps: where presence is needed most."),
    "plan": Entry(("plan",), "Plan the routes of a shift."),
    "whatif": Entry(("plan",), "Say what a plan would be worth after a change."),
    "bases": Entry(("bases",), "Suggest which unit starts from which base."),
    "solve-top": Entry(("plan",), "Solve a team orienteering instance."),
    "camera": Entry(("camera",), "Cameras and what they count."),
    "cameras": Entry(("camera",), "Run the camera worker."),
    "serve": Entry(("serve",), "Run every part on this machine."),
    "web": Entry(("serve",), "Run the web part alone."),
    "planner": Entry(("plan",), "Run the planner part alone."),
    "trials": Entry(("plan",), "Run the trials part alone."),
    "keeper": Entry(("keeper",), "Run the keeper part alone."),
    "simulate": Entry(("simulate",), "Walk simulated officers along their routes."),
    "demo": Entry(("demo",), "Make a county to try the service with, and run it."),
    "user": Entry(("user",), "Accounts and devices."),
    "report": Entry(
        ("report", "report_streets"), "Reports by town and period, also as Excel and PDF."
    ),
    "audit": Entry(("audit",), "The audit log."),
}


class LazyGroup(click.Group):
    """Imports a command's module when the command is asked for, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own
        """Every command whose module is there, in the table's order."""
        there = {module.name for module in pkgutil.iter_modules(patrol.cli.__path__)}
        return [name for name, entry in COMMANDS.items() if there.intersection(entry.modules)]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's own
        cmd_name: str,
    ) -> click.Command | None:
        """The command, with groups that several modules share put together."""
        there = [module.name for module in pkgutil.iter_modules(patrol.cli.__path__)]
        entry = COMMANDS.get(cmd_name)
        wanted = [name for name in (entry.modules if entry else there) if name in there]
        found: click.Command | None = None
        for name in wanted:
            if name == "main":
                continue
            module = importlib.import_module(f"patrol.cli.{name}")
            for command in getattr(module, "commands", ()):
                if command.name == cmd_name:
                    found = _joined(found, command)
        if found is not None:
            _add_config_option(found)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        names = self.list_commands(ctx)
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in names])


def _joined(found: click.Command | None, command: click.Command) -> click.Command:
    if isinstance(found, click.Group) and isinstance(command, click.Group):
        for name, inner in command.commands.items():
            found.add_command(inner, name)
        return found
    return found or command


def _add_config_option(command: click.Command) -> None:
    """Let every command take ``--config``, wherever it stands on the line."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _add_config_option(inner)
    elif not any("--config" in parameter.opts for parameter in command.params):
        command.params.append(
            click.Option(
                ["--config"],
                type=click.Path(path_type=Path),
                callback=_keep_config,
                expose_value=False,
                help="Configuration file; default: PATROL_CONFIG, else ./config.yaml.",
            )
        )


def _keep_config(
    context: click.Context, _parameter: click.Parameter, value: Path | None
) -> Path | None:
    if value is not None:
        context.ensure_object(Program).config_option = value
    return value


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    callback=_keep_config,
    expose_value=False,
    help="Configuration file; default: PATROL_CONFIG, else ./config.yaml.",
)
@click.option("-v", "--verbose", count=True, help="Log what happens; twice: log everything.")
@click.version_option(package_name="patrol", prog_name="patrol")
@click.pass_context
def cli(context: click.Context, verbose: int) -> None:
    """Patrol routes, hotspot maps, camera counts and a live map for a county's police."""
    context.ensure_object(Program)
    start_logging({0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG))


def run(args: Sequence[str]) -> int:
    """Run one command and give its exit code.

    0 done, 1 our fault, 2 bad input, 3 no feasible plan, 4 the outside world. An error that is
    nobody's but ours keeps its traceback and ends with 1, which is what Python does by itself.
    """
    try:
        result = cli.main(list(args), prog_name="patrol", standalone_mode=False)
    except PatrolError as error:
        tell_error(error, as_json="--json" in args)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        tell("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return result if isinstance(result, int) else 0


def main() -> None:
    """Entry of the installed command."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
