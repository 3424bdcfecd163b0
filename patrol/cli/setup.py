"""``patrol init`` and ``patrol check``."""

from pathlib import Path

import click

from patrol.cli.output import print_json, print_text, tell
from patrol.cli.program import Program, pass_program
from patrol.config.document import make_config_yaml
from patrol.model.errors import ConflictError, InputError, OutsideError, PatrolError
from patrol.usecase.check import Finding, check_county


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def init(folder: Path, *, as_json: bool) -> None:
    """Write a data folder FOLDER with a commented config.yaml."""
    path = folder / "config.yaml"
    try:
        (folder / "data").mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(make_config_yaml())
    except FileExistsError as error:
        raise ConflictError(f"{path}: exists already and is left as it is") from error
    except OSError as error:
        raise OutsideError(
            f"{folder}: cannot be written: {error.strerror or error}; name a folder that this "
            "user may write"
        ) from error
    if as_json:
        print_json({"ok": True, "config": str(path.resolve())})
        return
    print_text(str(path))
    tell(f"Next: edit {path}, then patrol --config {path} import streets FILE")


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_program
def check(program: Program, *, as_json: bool) -> int:
    """Report every mistake in config and data at once."""
    try:
        with program.opened() as services:
            found = check_county(services)
            code = InputError.exit_code if any(finding.mistake for finding in found) else 0
    except PatrolError as error:
        found = tuple(_as_findings(error))
        code = error.exit_code
    mistakes = [str(finding) for finding in found if finding.mistake]
    warnings = [str(finding) for finding in found if not finding.mistake]
    if as_json:
        print_json({"ok": not mistakes, "mistakes": mistakes, "warnings": warnings})
        return code
    for line in mistakes:
        print_text(f"mistake  {line}")
    for line in warnings:
        print_text(f"warning  {line}")
    print_text(f"{len(mistakes)} mistakes, {len(warnings)} warnings")
    return code


def _as_findings(error: PatrolError) -> list[Finding]:
    """A configuration with mistakes is told mistake by mistake; anything else as one."""
    return [Finding(mistake=True, about="", message=line) for line in error.errors or (str(error),)]


commands: list[click.Command] = [init, check]
