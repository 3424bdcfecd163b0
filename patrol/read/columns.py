"""Which column feeds which field, and how a cell becomes a value."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from patrol.model.errors import InputError
from patrol.model.place import Place
from patrol.read.persons import find_person_columns
from patrol.read.table import Refusal, Row, Table, shown_columns

T = TypeVar("T")

BAD_SHARE = 0.05
"""Share of bad rows above which a whole file is refused."""
_SHOWN_REFUSALS = 10
_BETWEEN_WORDS = re.compile(r"[;,|，；、]")


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a reader wants, with the headers it is known by besides its own name."""

    name: str
    required: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The caller's mapping: field -> columns (joined by a space), and the columns to leave out."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()


class CellError(InputError):
    """One cell of a row is wrong; it knows the field."""

    def __init__(self, field_name: str, value: str, reason: str) -> None:
        super().__init__(f"{reason}, got {value!r}")
        self.field_name = field_name
        self.value = value


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What came out of a file: values, and every row that was not taken with its reason."""

    file: str
    read: int
    values: tuple[T, ...]
    refused: tuple[Refusal, ...] = ()
    duplicates: int = 0
    warnings: tuple[str, ...] = ()


def parse_choice(text: str) -> ColumnChoice:
    """Read ``time=Date+Clock,lon=X,drop=Caller``.

    Raises
    ------
    InputError
        If a part is not ``field=column`` or a field is named twice.
    """
    columns: dict[str, tuple[str, ...]] = {}
    dropped: set[str] = set()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, sign, column = (piece.strip() for piece in part.partition("="))
        if not (name and sign and column):
            raise InputError(f"--columns must be field=column,field=column, got {part!r}")
        if name == "drop":
            dropped.add(column)
        elif name in columns:
            raise InputError(f"--columns names {name!r} twice")
        else:
            columns[name] = (column,)
    return ColumnChoice(columns, frozenset(dropped))


class Cells:
    """The cells of one row by field; every getter raises :class:`CellError` on a bad value."""

    __slots__ = ("_cells", "_places", "row")

    def __init__(self, places: dict[str, tuple[int, ...]], row: Row) -> None:
        self._places = places
        self._cells = row.cells
        self.row = row

    def has(self, name: str) -> bool:
        """Whether the file has a column for the field."""
        return name in self._places

    def text(self, name: str, default: str = "") -> str:
        """The cell as text; several columns are joined by a space."""
        places = self._places.get(name)
        if places is None:
            return default
        if len(places) == 1:
            return self._cells[places[0]] or default
        return " ".join(filter(None, (self._cells[place] for place in places))) or default

    def needed(self, name: str) -> str:
        """The cell as text that must not be empty."""
        value = self.text(name)
        if not value:
            raise CellError(name, "", "must not be empty")
        return value

    def number(self, name: str, low: float, high: float) -> float | None:
        """The cell as a number in ``[low, high]``; ``None`` where it is empty."""
        text = self.text(name)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise CellError(name, text, f"must be a number in [{low:g}, {high:g}]")
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        """The cell as a whole number in ``[low, high]``; ``None`` where it is empty."""
        value = self.number(name, low, high)
        if value is None:
            return None
        if value != int(value):
            raise CellError(name, self.text(name), "must be a whole number")
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """The cell as yes or no."""
        text = self.text(name).casefold()
        if not text:
            return default
        if text in {"1", "true", "yes", "y", "是", "启用"}:
            return True
        if text in {"0", "false", "no", "n", "否", "停用"}:
            return False
        raise CellError(name, text, "must be yes or no")

    def day(self, name: str) -> date | None:
        """The cell as a day such as ``2024-09-30`` or ``2024/9/30``; ``None`` where it is empty."""
        text = self.text(name)
        if not text:
            return None
        parts = text.replace("/", "-").replace(".", "-").split("-")
        try:
            year, month, day = (int(part) for part in parts)
            return date(year, month, day)
        except ValueError:
            raise CellError(name, text, "must be a day such as 2024-09-30") from None

    def needed_day(self, name: str) -> date:
        """The same where it must not be empty."""
        found = self.day(name)
        if found is None:
            raise CellError(name, "", "must not be empty")
        return found

    def words(self, name: str) -> tuple[str, ...]:
        """The cell as several words between commas, semicolons or bars."""
        return tuple(filter(None, (word.strip() for word in _BETWEEN_WORDS.split(self.text(name)))))

    def one_of(self, name: str, choices: dict[str, T], default: T | None = None) -> T:
        """The cell as one of some words, whatever their case."""
        text = self.text(name)
        if not text and default is not None:
            return default
        try:
            return choices[text.casefold()]
        except KeyError:
            raise CellError(name, text, f"must be one of {', '.join(choices)}") from None

    def find_place(self) -> Place | None:
        """``lon`` and ``lat``; ``None`` where both are empty or both are 0 (unknown, coded)."""
        lon = self.number("lon", -180, 180)
        lat = self.number("lat", -90, 90)
        if lon is None and lat is None:
            return None
        if lon is None or lat is None:
            missing = "lon" if lon is None else "lat"
            raise CellError(missing, "", "must be given when the other coordinate is")
        if lon == 0 and lat == 0:
            return None
        return Place(lon, lat)

    def place(self) -> Place:
        """``lon`` and ``lat``, both needed."""
        place = self.find_place()
        if place is None:
            raise CellError("lon", self.text("lon"), "must hold a place, and so must lat")
        return place


def match_columns(
    table: Table, fields: Sequence[Field], choice: ColumnChoice
) -> dict[str, tuple[int, ...]]:
    """Find the column indexes of each field: as chosen, else by name, else by a known header.

    Raises
    ------
    InputError
        If a chosen or needed column is not there; the message lists those that are.
    """
    index = {column: at for at, column in enumerate(table.columns)}
    there = f"; the columns are: {shown_columns(table.columns)}"
    known = {wanted.name for wanted in fields}
    for name in choice.columns:
        if name not in known:
            raise InputError(
                f"--columns: there is no field {name!r}; the fields are: {', '.join(sorted(known))}"
            )
    for column in choice.dropped - set(index):
        raise InputError(f"{table.name}: there is no column {column!r} to drop{there}")
    places: dict[str, tuple[int, ...]] = {}
    for wanted in fields:
        chosen = choice.columns.get(wanted.name)
        if chosen is not None:
            places[wanted.name] = _chosen_places(table.name, wanted.name, chosen[0], index, there)
        else:
            found = _known_place(wanted, index, choice.dropped)
            if found is not None:
                places[wanted.name] = (found,)
    missing = [wanted.name for wanted in fields if wanted.required and wanted.name not in places]
    if missing:
        raise InputError(
            f"{table.name}: no column for {', '.join(missing)}{there}; "
            f"name it with --columns {missing[0]}=COLUMN"
        )
    return places


def _chosen_places(
    file: str, name: str, chosen: str, index: dict[str, int], there: str
) -> tuple[int, ...]:
    # A header may itself contain a plus sign, so the whole text is tried first.
    parts = (chosen,) if chosen in index else tuple(part.strip() for part in chosen.split("+"))
    for part in parts:
        if part not in index:
            raise InputError(f"{file}: there is no column {part!r} (for {name}){there}")
    return tuple(index[part] for part in parts)


def _known_place(wanted: Field, index: dict[str, int], dropped: frozenset[str]) -> int | None:
    squashed = {
        _squash(column): at for column, at in reversed(index.items()) if column not in dropped
    }
    for name in (wanted.name, *wanted.aliases):
        if _squash(name) in squashed:
            return squashed[_squash(name)]
    return None


def _squash(text: str) -> str:
    return text.casefold().replace(" ", "").replace("_", "").replace("-", "")


def check_persons(
    table: Table,
    choice: ColumnChoice,
    *,
    name_is_person: bool,
    trusted: frozenset[str] = frozenset(),
) -> None:
    """Refuse a file with columns that look like persons, unless the mapping drops them.

    Raises
    ------
    InputError
        Naming every such column and how to leave it out.
    """
    found = find_person_columns(
        table.columns,
        (row.cells for row in table.rows),
        dropped=choice.dropped,
        trusted=trusted,
        name_is_person=name_is_person,
    )
    if found:
        drops = ",".join(f"drop={item.column}" for item in found)
        raise InputError(
            f"{table.name}: {len(found)} column(s) look like persons, and this service holds none; "
            f"leave them out with --columns ...,{drops}",
            errors=[f"column {item.column!r}: {item.reason}" for item in found],
        )


def read_rows(
    table: Table, places: dict[str, tuple[int, ...]], parse: Callable[[Cells], T]
) -> Reading[T]:
    """Turn every row into a value; a row that cannot be is kept as a refusal."""
    values: list[T] = []
    refused = list(table.refused)
    for row in table.rows:
        try:
            values.append(parse(Cells(places, row)))
        except CellError as error:
            at = places.get(error.field_name, ())
            column = "+".join(table.columns[index] for index in at) or error.field_name
            refused.append(Refusal(row.number, column, error.value, str(error)))
        except InputError as error:
            refused.append(Refusal(row.number, "", "", str(error)))
    refused.sort(key=lambda refusal: refusal.row)
    return Reading(table.name, table.read, tuple(values), tuple(refused), 0, table.warnings)


def drop_repeats(reading: Reading[T], key: Callable[[T], str], what: str) -> Reading[T]:
    """Keep the first of equal values; refuse a later one that has the key but differs.

    Raises
    ------
    InputError
        If two rows have one key and different content, since either could be meant.
    """
    first: dict[str, T] = {}
    duplicates = 0
    for value in reading.values:
        name = key(value)
        if name not in first:
            first[name] = value
        elif first[name] == value:
            duplicates += 1
        else:
            raise InputError(f"{reading.file}: two different rows have the {what} {name!r}")
    return Reading(
        reading.file,
        reading.read,
        tuple(first.values()),
        reading.refused,
        duplicates,
        reading.warnings,
    )


def check_bad_share(reading: Reading[T], allowed_share: float = BAD_SHARE) -> None:
    """Refuse the whole file when too many rows are bad, so that nothing is imported by halves.

    Raises
    ------
    InputError
        If more than ``allowed_share`` (in [0, 1]) of the rows read were refused, or all of them.
    """
    if not 0 <= allowed_share <= 1:
        raise InputError(f"--allow-bad must be in [0, 1], got {allowed_share:g}")
    bad = len(reading.refused)
    if not bad:
        return
    share = bad / reading.read
    if share <= allowed_share and reading.values:
        return
    shown = [f"{reading.file}: {refusal}" for refusal in reading.refused[:_SHOWN_REFUSALS]]
    if bad > _SHOWN_REFUSALS:
        shown.append(f"{reading.file}: and {bad - _SHOWN_REFUSALS} more bad rows")
    raise InputError(
        f"{reading.file}: {bad} of {reading.read} rows are bad ({share:.1%}, allowed "
        f"{allowed_share:.1%}); nothing was imported. Mend the rows, or allow them with "
        f"--allow-bad {min(1.0, math.ceil(share * 100) / 100):g}",
        errors=shown,
    )
