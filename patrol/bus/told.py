"""Redis' failures in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from patrol.model.errors import OutsideError


@contextmanager
def told_plainly(doing: str) -> Iterator[None]:
    """Turn a failure of Redis into one that the caller can be told.

    Raises
    ------
    OutsideError
        If Redis cannot be reached or refuses the command.
    """
    try:
        yield
    except redis.RedisError as error:
        said = str(error).strip() or type(error).__name__
        raise OutsideError(f"Redis: {doing} failed: {said}") from error
