"""A report in the form that was asked for: workbook, a company's own book, page, PDF, tables."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from xlmeso.app.report import report_plan, write_report
from xlmeso.errors import WorkbookError

if TYPE_CHECKING:
    from xlmeso.sheets.report import ReportRun

Format = Literal["xlsx", "html", "pdf", "csv", "parquet"]

FORMATS: Final[tuple[Format, ...]] = ("xlsx", "html", "pdf", "csv", "parquet")

_FOLDERS: Final = ("csv", "parquet")
_NOT_HERE: Final = (
    "The blotter and the NAV are not on it: make an .xlsx report or use --format csv."
)


@dataclass(frozen=True, slots=True)
class ReportForm:
    """How a report is written.

    Attributes
    ----------
    format
        One of `FORMATS`.
    template
        A user's own book to be filled, or None.
    overwrite
        Whether an existing file is replaced.
    """

    format: Format = "xlsx"
    template: Path | None = None
    overwrite: bool = False

    @property
    def suffix(self) -> str:
        """Ending of the output's name, empty for a folder."""
        if self.template is not None:
            return self.template.suffix.lower()
        return "" if self.format in _FOLDERS else f".{self.format}"


def form_of(
    output: Path | None, chosen: str | None, template: Path | None, *, overwrite: bool
) -> tuple[ReportForm, Path]:
    """Return form and output that are meant by what was given of them.

    The format comes from the name of the output where it is not said; without an output it is
    ``report`` with the format's ending.

    Raises
    ------
    WorkbookError
        The parts contradict each other, or the output cannot be written.
    """
    by_name = {f".{name}": name for name in FORMATS[:3]}
    found = chosen or by_name.get(output.suffix.lower() if output else ".xlsx") or "xlsx"
    if template is not None and (found != "xlsx" or not template.is_file()):
        raise WorkbookError(
            "a template gives a workbook" if found != "xlsx" else "there is no such template",
            where=str(template),
            cure="Leave out --format." if found != "xlsx" else "Check its name.",
        )
    form = ReportForm(found, template, overwrite)  # type: ignore[arg-type]
    target = output or Path(f"report{form.suffix}" if form.suffix else f"report-{found}")
    check_output(target, form)
    return form, target


def check_output(output: Path, form: ReportForm) -> None:
    """Refuse an output that could not be written in the end, before anything is fetched.

    Raises
    ------
    WorkbookError
        Its name does not fit the form, it exists and may not be replaced, or it is open in
        another program.
    """
    from xlmeso.report.books import refuse_if_open

    if form.suffix and output.suffix.lower() != form.suffix:
        raise WorkbookError(
            f"{output.name!r} is no {form.suffix} file.",
            cure=f"Let the name of the output end in {form.suffix}.",
        )
    if not form.suffix and output.exists() and not output.is_dir():
        raise WorkbookError("a file has this name", where=str(output), cure="Name a folder.")
    taken = any(output.iterdir()) if output.is_dir() else output.exists()
    if taken and not form.overwrite:
        raise WorkbookError(
            "the folder is not empty" if output.is_dir() else "the file exists already",
            where=str(output),
            cure="Choose another name, or replace it with --force.",
        )
    refuse_if_open(output)


def write_report_as(runs: Sequence[ReportRun], output: Path, form: ReportForm) -> list[Path]:
    """Write the report of finished runs and return the files, each whole or not at all.

    Raises
    ------
    ConfigurationError
        What the format needs is not installed.
    WorkbookError
        The template cannot be filled or a file cannot be written.
    """
    if form.template is not None:
        return [_fill(runs, form.template, output, overwrite=form.overwrite)]
    match form.format:
        case "csv" | "parquet":
            from xlmeso.report.tables import write_tables

            return write_tables(output, report_plan(runs), form.format)
        case "html":
            from xlmeso.report.html import write_page

            return [write_page(output, report_plan(runs, with_logs=False), notice=_NOT_HERE)]
        case "pdf":
            return [_print(runs, output)]
    return [write_report(runs, output, overwrite=form.overwrite)]


def notices(runs: Sequence[ReportRun], form: ReportForm) -> list[str]:
    """Say what a reader of the report would not see on it."""
    if form.template is not None and any(run.info.modelled for run in runs):
        return [
            "The runs are the local service's: modelled quotes, no record of a market. A cell "
            "named meso_notice in the template says so."
        ]
    return []


def _fill(runs: Sequence[ReportRun], template: Path, output: Path, *, overwrite: bool) -> Path:
    from xlmeso._version import __version__
    from xlmeso.report.template import fill_template
    from xlmeso.sheets.report.placeholders import placeholders

    content = placeholders(runs, report_plan(runs), __version__)
    return fill_template(template, output, content, overwrite=overwrite)


def _print(runs: Sequence[ReportRun], output: Path) -> Path:
    """Print the workbook without its long sheets, which would be thousands of pages."""
    from xlmeso.report.pdf import find_libreoffice, print_pdf

    find_libreoffice()  # before the work, not after it
    with tempfile.TemporaryDirectory(prefix="xlmeso-") as folder:
        book = write_report(runs, Path(folder) / "report.xlsx", with_logs=False)
        return print_pdf(book, output)
