"""The one tree of errors; each class fixes an exit code and an HTTP status."""

from collections.abc import Sequence


class PatrolError(Exception):
    """Something the caller should be told in plain words.

    Parameters
    ----------
    message
        Names the thing, the value and the allowed range, so that the reader can fix it.
    errors
        Further messages of the same kind, where one input had several mistakes.
    """

    exit_code = 1
    status = 500
    key = ""
    """Names the case where a page has words of its own for it, in the reader's language."""

    def __init__(self, message: str, errors: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.errors: tuple[str, ...] = tuple(errors)


class InputError(PatrolError):
    """What was given is wrong: a file, a row, a key or a value."""

    exit_code = 2
    status = 400


class NotFoundError(InputError):
    """The thing that was named does not exist."""

    status = 404


class NoStreetsError(NotFoundError):
    """No streets were imported yet: there is nothing to show, weigh or plan on."""

    key = "no_streets"

    def __init__(self) -> None:
        super().__init__("no streets yet: run `patrol import streets FILE` first")


class ConflictError(InputError):
    """Somebody else changed the same thing first, or it is not in a state that allows this."""

    status = 409


class AccessError(PatrolError):
    """Nobody is signed in, or the role does not allow this."""

    exit_code = 2
    status = 403


class PlanError(PatrolError):
    """No feasible plan exists for this problem."""

    exit_code = 3
    status = 409


class OutsideError(PatrolError):
    """The outside world failed: a camera, a database, Redis, a port."""

    exit_code = 4
    status = 503
