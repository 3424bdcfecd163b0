"""What every command is given: where the configuration is, and the services made from it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

# pydantic, SQLAlchemy, Redis and the geometry libraries take most of a second to import; `--help`
# needs none of them.
# ruff: noqa: PLC0415

if TYPE_CHECKING:
    from patrol.config.schema import Config
    from patrol.usecase.services import Services


class Program:
    """One run of ``patrol``."""

    def __init__(self) -> None:
        self.config_option: Path | None = None

    @property
    def config_path(self) -> Path:
        """The configuration file: ``--config``, else ``PATROL_CONFIG``, else ``./config.yaml``."""
        from patrol.config.load import find_config_path

        return find_config_path(self.config_option)

    def load_config(self) -> "Config":
        """The configuration alone, for commands that need no data."""
        from patrol.config.load import load_config

        return load_config(self.config_path)

    @contextmanager
    def opened(self) -> Iterator["Services"]:
        """The services, closed cleanly at the end."""
        from patrol.app import opened

        with opened(self.config_path) as services:
            yield services


pass_program = click.make_pass_decorator(Program, ensure=True)
"""Gives a command the :class:`Program` as its first argument."""


def pass_services(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the opened services as its first argument."""

    @click.pass_context
    def opened_first(context: click.Context, /, *args: Any, **options: Any) -> Any:
        with context.ensure_object(Program).opened() as services:
            return context.invoke(command, services, *args, **options)

    return update_wrapper(opened_first, command)
