"""Lists of things that are there: each row one thing with a key of its own, nothing of persons."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from patrol.read.columns import (
    Cells,
    ColumnChoice,
    Field,
    Reading,
    check_persons,
    drop_repeats,
    match_columns,
    read_rows,
)
from patrol.read.table import Table

T = TypeVar("T")


def read_inventory(
    table: Table,
    choice: ColumnChoice,
    fields: Sequence[Field],
    parse: Callable[[Cells], T],
    key: tuple[str, Callable[[T], str]],
    *,
    name_is_person: bool = False,
    trusted: str = "",
) -> Reading[T]:
    """Read one thing a row; rows that repeat a thing word for word count once.

    Parameters
    ----------
    fields
        Columns that are wanted, with the names they go by.
    parse
        Makes a thing of a row's cells.
    key
        What the key is called, and the key of a thing.
    name_is_person
        Whether a column of names would be names of persons; an inventory's are of places.
    trusted
        Field whose column may look like phone numbers.

    Raises
    ------
    InputError
        If a needed column is missing, a column looks like persons or one key stands for two things.
    """
    places = match_columns(table, fields, choice)
    columns = frozenset(table.columns[at] for at in places.get(trusted, ()))
    check_persons(table, choice, name_is_person=name_is_person, trusted=columns)
    what, of = key
    return drop_repeats(read_rows(table, places, parse), of, what)
