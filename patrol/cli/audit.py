"""``patrol audit``: reading and verifying the audit log."""

import click

from patrol.cli.output import print_json, print_text
from patrol.cli.program import pass_services
from patrol.model.account import AuditLine
from patrol.model.errors import InputError
from patrol.usecase.services import Services


@click.group("audit")
def audit() -> None:
    """The audit log: who did what, when, from where."""


@audit.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, help="Newest lines shown.")
@click.option("--actor", help="Only what this account did.")
@click.option("--action", help="Only this action, such as incident.assign.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_services
def list_lines(
    services: Services, limit: int, actor: str | None, action: str | None, *, as_json: bool
) -> None:
    """Show the newest lines, newest first."""
    lines = services.audit.list(limit, actor=actor, action=action)
    if as_json:
        print_json({"ok": True, "lines": lines})
        return
    for line in lines:
        print_text(_shown(line))


@audit.command("verify")
@click.option("--head", help="MAC of a line that a report printed; it must still be there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_services
def verify(services: Services, head: str | None, *, as_json: bool) -> int:
    """Recompute every line's MAC and name the first that is not as it was written."""
    verdict = services.audit.verify(head)
    if as_json:
        print_json(
            {
                "ok": verdict.ok,
                "lines": verdict.lines,
                "head": verdict.head,
                "bad_seq": verdict.bad_seq,
                "reason": verdict.reason,
            }
        )
    elif verdict.ok:
        print_text(f"{verdict.lines} lines are as they were written; head {verdict.head}")
    else:
        print_text(
            f"line {verdict.bad_seq}: {verdict.reason}; {verdict.lines} lines before it hold"
        )
    return 0 if verdict.ok else InputError.exit_code


def _shown(line: AuditLine) -> str:
    entry = line.entry
    words = (
        str(line.seq),
        entry.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        entry.actor,
        entry.role,
        entry.address,
        entry.action,
        entry.object,
        entry.reason,
    )
    # A name may hold line ends or terminal codes; one line of the log stays one line here.
    return "  ".join(_printable(word) for word in words if word)


def _printable(text: str) -> str:
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


commands: list[click.Command] = [audit]
