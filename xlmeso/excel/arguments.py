"""Arguments of worksheet functions: cells in, words and numbers out.

A cell brings floats for whole numbers, dates as serial numbers or moments, blanks, error values;
an argument may be one cell, a row, a column or a block.  Every message names the argument.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.excel.areas import Area
from xlmeso.excel.boundary import from_serial
from xlmeso.sheets.cells import ERROR_TEXTS, plain_number

Rows = list[list[Any]]

_PAIR = re.compile(r"\s*([A-Za-z][A-Za-z_ ]*?)\s*=(.*)", re.DOTALL)
_FIRST_SERIAL: Final = 1.0
_LAST_SERIAL: Final = 2_958_466.0
_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})
_ERROR_CODES: Final = range(-2146826288, -2146826230)

COMMON_OPTIONS: Final = ("Service", "AsOf", "RawNames")
"""Options of every function: the profile to ask, a line with source and time, API names."""


def rows_of(value: Any) -> Rows:
    """Return the cells of an argument row by row; a value alone is one cell."""
    if isinstance(value, Area):
        return rows_of(value.rows)
    if not isinstance(value, list | tuple):
        return [[value]]
    if value and not isinstance(value[0], list | tuple):
        return [list(value)]
    return [list(row) for row in value]


def is_missing(value: Any) -> bool:
    """Whether an argument was left out or has blank cells only."""
    return value is None or all(is_blank(cell) for row in rows_of(value) for cell in row)


def is_blank(cell: Any) -> bool:
    """Whether a cell is empty or holds blanks only."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def cells_of(value: Any, name: str) -> list[Any]:
    """Return the cells of an argument that are filled, row by row.

    Raises
    ------
    ArgumentError
        One of them holds an error value.
    """
    found = [cell for row in rows_of(value) for cell in row if not is_blank(cell)]
    for cell in found:
        _refuse_error(cell, name)
    return found


def one(value: Any, name: str) -> Any:
    """Return the only filled cell of an argument.

    Raises
    ------
    ArgumentError
        There is none, or more than one.
    """
    found = cells_of(value, name)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ArgumentError(f"the argument {name} is empty.")
    raise ArgumentError(
        f"the argument {name} takes one value, not {len(found)} cells.",
        cure="Point it at one cell.",
    )


def text(value: Any, name: str) -> str:
    """Return the text of the only cell; a number is spelled as a person would."""
    return cell_text(one(value, name))


def cell_text(cell: Any) -> str:
    """Return a cell as text: 5 for 5.0, TRUE, a date as ISO 8601."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return plain_number(cell)
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()
    return str(cell).strip()


def texts(value: Any, name: str) -> list[str]:
    """Return the texts of all filled cells; commas and semicolons within a text separate too."""
    found = (cell_text(cell) for cell in cells_of(value, name))
    parts = (part.strip() for item in found for part in re.split(r"[,;]", item))
    return [part for part in parts if part]


def whole_number(value: Any, name: str, *, least: int) -> int:
    """Return the whole number of the only cell.

    Raises
    ------
    ArgumentError
        It is none, or less than ``least``.
    """
    cell = one(value, name)
    try:
        number = float(cell)
    except (TypeError, ValueError):
        number = least - 0.5
    if isinstance(cell, bool) or not number.is_integer() or number < least:
        raise ArgumentError(
            f"the argument {name} takes a whole number from {least} on, not {cell_text(cell)!r}."
        )
    return int(number)


def yes_or_no(value: Any, name: str) -> bool:
    """Return TRUE or FALSE of the only cell; 1, 0, yes and no count as well.

    Raises
    ------
    ArgumentError
        It is none of these.
    """
    word = cell_text(one(value, name)).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ArgumentError(f"the argument {name} takes TRUE or FALSE, not {word!r}.")


def moment(value: Any, name: str, *, end_of_day: bool = False) -> dt.datetime:
    """Return the date or time of the only cell, without a zone.

    Parameters
    ----------
    end_of_day
        Whether a date without a time means its last second.

    Raises
    ------
    ArgumentError
        It is no date.
    """
    found = _moment(one(value, name))
    if found is None:
        raise ArgumentError(
            f"the argument {name} takes a date, not {cell_text(one(value, name))!r}.",
            cure="Use a date cell, DATE(2020,3,31), or a text such as 2020-03-31.",
        )
    if end_of_day and found.time() == dt.time():
        return found + dt.timedelta(days=1, seconds=-1)
    return found


def _moment(cell: Any) -> dt.datetime | None:
    if isinstance(cell, dt.datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, dt.date):
        return dt.datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return from_serial(float(cell)) if _FIRST_SERIAL <= cell < _LAST_SERIAL else None
    try:
        return dt.datetime.fromisoformat(str(cell).strip()).replace(tzinfo=None)
    except ValueError:
        return None


def is_error(cell: Any) -> bool:
    """Whether a cell holds an error value, as its text or as COM's number."""
    if isinstance(cell, str):
        return cell in ERROR_TEXTS or cell.startswith("#MESO!")
    return isinstance(cell, int) and not isinstance(cell, bool) and cell in _ERROR_CODES


def _refuse_error(cell: Any, name: str) -> None:
    if is_error(cell):
        shown = cell if isinstance(cell, str) else "an error value"
        raise ArgumentError(
            f"the argument {name} holds {shown}.", cure="Mend that cell first; see MESO_ERROR."
        )


class Arguments:
    """The optional arguments of a call, given by position or by name.

    Any of them may be written as a text ``Name=Value`` in any optional place, or stand in a range
    of two columns; names count without case, blanks and underscores.

    Parameters
    ----------
    given
        Values by position; None for those left out.
    options
        The last argument.

    Raises
    ------
    ArgumentError
        An unknown name, a name given twice; the message lists the names that there are.
    """

    def __init__(self, given: Mapping[str, Any], options: Any = None) -> None:
        self._names = _known_names(tuple(given))
        self._given = tuple(given)
        self._found: dict[str, Any] = {}
        for name, value in given.items():
            self._take(name, value)
        if not is_missing(options):
            for key, value in _pairs(options):
                self._set(key, value)

    def get(self, name: str) -> Any:
        """Return an argument, None when it was left out."""
        return self._found.get(name)

    def has(self, name: str) -> bool:
        """Whether an argument was given."""
        return name in self._found

    def texts(self, name: str) -> list[str]:
        """Return the texts of an argument, none when it was left out."""
        return texts(self._found[name], name) if name in self._found else []

    def text(self, name: str) -> str | None:
        """Return the text of an argument, None when it was left out."""
        return text(self._found[name], name) if name in self._found else None

    def flag(self, name: str, default: bool) -> bool:
        """Return TRUE or FALSE of an argument."""
        return yes_or_no(self._found[name], name) if name in self._found else default

    def moment(self, name: str, *, end_of_day: bool = False) -> dt.datetime | None:
        """Return the date or time of an argument, None when it was left out."""
        if name not in self._found:
            return None
        return moment(self._found[name], name, end_of_day=end_of_day)

    def _take(self, name: str, value: Any) -> None:
        if is_missing(value):
            return
        rows = rows_of(value)
        if len(rows) == len(rows[0]) == 1 and isinstance(rows[0][0], str):
            match = _PAIR.fullmatch(rows[0][0])
            if match and name != "path":
                for key, item in _pairs(rows):
                    self._set(key, item)
                return
        self._store(name, value)

    def _set(self, key: str, value: Any) -> None:
        name = self._names.get(_plain(key))
        if name is None:
            raise ArgumentError(
                f"there is no option {key.strip()!r}.",
                cure=f"There are {', '.join((*map(_title, self._given), *COMMON_OPTIONS))}.",
            )
        if not is_missing(value):
            self._store(name, value)

    def _store(self, name: str, value: Any) -> None:
        if name in self._found:
            raise ArgumentError(f"{_title(name)} is given twice.", cure="Leave one of them out.")
        self._found[name] = value


def _pairs(options: Any) -> Iterator[tuple[str, Any]]:
    """Yield names and values of texts ``Name=Value`` or of a range of two columns."""
    for row in rows_of(options):
        filled = [cell for cell in row if not is_blank(cell)]
        if len(row) == 2 and filled and not _PAIR.fullmatch(cell_text(row[0])):
            yield cell_text(row[0]), [[row[1]]]
            continue
        for cell in filled:
            _refuse_error(cell, "options")
            for part in cell_text(cell).split(";"):
                match = _PAIR.fullmatch(part)
                if match:
                    yield match[1], [[match[2].strip()]]
                elif part.strip():
                    raise ArgumentError(
                        f"{part.strip()!r} is no option.", cure="Write it as Name=Value."
                    )


@lru_cache(maxsize=64)
def _known_names(given: tuple[str, ...]) -> Mapping[str, str]:
    """Return how every option may be written -> the argument that it means."""
    names = {_plain(name): name for name in given}
    return names | {_plain(name): _plain(name) for name in COMMON_OPTIONS}


def _plain(name: str) -> str:
    return re.sub(r"[\s_]", "", name).casefold()


def _title(name: str) -> str:
    """Spell an argument's name as an option: EventType for event_type."""
    return "".join(part.capitalize() for part in name.split("_"))
