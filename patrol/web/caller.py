"""Who makes the request that is being answered, and the services that answer it."""

from typing import cast

from flask import current_app
from flask_login import current_user  # type: ignore[import-untyped]  # ships no types

from patrol.usecase.access import Caller
from patrol.usecase.services import Services

EXTENSION = "patrol.services"


def get_services() -> Services:
    """The services of the running application."""
    return cast("Services", current_app.extensions[EXTENSION])


def find_caller() -> Caller | None:
    """Who is signed in, or the device whose token came with the request; ``None``: nobody."""
    caller = getattr(current_user, "caller", None)
    return caller if isinstance(caller, Caller) else None


def get_caller() -> Caller:
    """The same where a view's rule has made sure that there is somebody."""
    caller = find_caller()
    if caller is None:
        raise RuntimeError("a view without a rule for signed-in callers asked who is calling")
    return caller
