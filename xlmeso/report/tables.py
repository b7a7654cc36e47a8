"""The tables of a report as files of their own: CSV for spreadsheets, Parquet for programs."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from xlmeso.errors import ConfigurationError, WorkbookError
from xlmeso.report.books import replace_file
from xlmeso.sheets.book_plan import BookPlan, column_blocks, rows_of
from xlmeso.sheets.cells import CellError, CellValue, Formula, MissingResult
from xlmeso.sheets.plan import TablePlan

Kind = Literal["csv", "parquet"]

FORMULA_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so would be taken for a formula by a spreadsheet that opens a CSV file."""

_BLOCK: Final = 10_000


def write_tables(folder: Path, plan: BookPlan, kind: Kind) -> list[Path]:
    """Write every table of a plan to a file of its name, each whole or not at all.

    Parameters
    ----------
    folder
        Made if there is none; files of other names in it stay.

    Raises
    ------
    ConfigurationError
        Parquet is asked for and pyarrow is not installed.
    WorkbookError
        The folder or a file cannot be written.
    """
    write = _write_csv if kind == "csv" else _parquet_writer()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbookError(
            f"the folder cannot be made ({error.strerror})", where=str(folder)
        ) from error
    written = []
    for table in (table for sheet in plan.sheets for table in sheet.tables):
        path = folder / f"{table.name.removeprefix('meso_')}.{kind}"
        replace_file(path, lambda target, table=table: write(target, table))  # type: ignore[misc]
        written.append(path)
    return written


def _write_csv(target: Path, table: TablePlan) -> None:
    """Write UTF-8 with a mark, by which Excel knows it, and the line ends of RFC 4180."""
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_csv_cell(column.title) for column in table.columns])
        writer.writerows([_csv_cell(value) for value in row] for row in rows_of(table))


def _csv_cell(value: CellValue) -> str:
    """Spell a value; only texts can be mistaken for formulas, and get an apostrophe then."""
    plain = plain_value(value)
    if plain is None:
        return ""
    if isinstance(plain, str):
        return f"'{plain}" if plain.startswith(FORMULA_MARKS) else plain
    if isinstance(plain, dt.datetime):
        return plain.isoformat(" ") if plain.time() != dt.time() else plain.date().isoformat()
    if isinstance(plain, bool):
        return "TRUE" if plain else "FALSE"
    return str(plain)


def plain_value(value: CellValue) -> Any:
    """Return a cell's value for programs: results for formulas, UTC for times with a zone."""
    match value:
        case Formula():
            return plain_value(value.value)
        case CellError() | MissingResult():
            return None
        case float() | Decimal():
            number = float(value)
            return number if number - number == 0.0 else None
        case dt.datetime() if value.tzinfo is not None:
            return value.astimezone(dt.UTC).replace(tzinfo=None)
    return value


def _parquet_writer() -> Any:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise ConfigurationError(
            "Parquet files need the library pyarrow", cure="Install it: pip install xlmeso[parquet]"
        ) from None
    return _write_parquet


def _write_parquet(target: Path, table: TablePlan) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [_kind(column.values) for column in table.columns]
    schema = pa.schema(
        [(column.title, kind) for column, kind in zip(table.columns, kinds, strict=True)],
        metadata={column.title: column.comment for column in table.columns if column.comment},
    )
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for block in column_blocks(table, _BLOCK):
            arrays = [
                pa.array([_as(kind, value) for value in values], kind)
                for kind, values in zip(kinds, block, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _kind(values: Iterable[CellValue]) -> Any:
    """Return the narrowest type that holds all values of a column; texts if they are mixed."""
    import pyarrow as pa

    found = {type(plain) for value in values if (plain := plain_value(value)) is not None}
    if found and found <= {bool}:
        return pa.bool_()
    if found and all(issubclass(kind, int) and kind is not bool for kind in found):
        return pa.int64()
    if found and all(issubclass(kind, int | float) and kind is not bool for kind in found):
        return pa.float64()
    if found and all(issubclass(kind, dt.date) for kind in found):
        return pa.timestamp("us")
    return pa.string()


def _as(kind: Any, value: CellValue) -> Any:
    import pyarrow as pa

    plain = plain_value(value)
    if plain is not None and kind == pa.string() and not isinstance(plain, str):
        return str(plain)
    return float(plain) if plain is not None and kind == pa.float64() else plain
