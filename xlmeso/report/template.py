"""A report in a user's own book: its placeholders are filled, everything else stays as it is.

Placeholders are defined names and tables whose names begin with ``meso_``.  The book's package is
edited part by part, not loaded and saved by openpyxl, which would lose macros, pictures, pivot
tables and much else.  lxml does it because it keeps namespace prefixes and unknown elements as
they are, which Excel insists on and the standard library's ElementTree does not.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import ConfigurationError, WorkbookError
from xlmeso.report.books import replace_file
from xlmeso.report.inspect import open_package
from xlmeso.report.long_texts import LongTexts
from xlmeso.report.parts import sheet_parts
from xlmeso.sheets.plan import TablePlan

if TYPE_CHECKING:
    from xlmeso.report.template_places import Places, TablePlace
    from xlmeso.report.template_refs import Growth
    from xlmeso.report.template_sheet import SheetEditor
    from xlmeso.sheets.report.placeholders import Placeholders

LARGE: Final = 2_000
"""Rows from which a table is streamed."""

_BOOK: Final = "xl/workbook.xml"
_STYLES: Final = "xl/styles.xml"
_CHAIN: Final = "xl/calcChain.xml"


def fill_template(
    template: Path, output: Path, content: Placeholders, *, overwrite: bool = False
) -> Path:
    """Write a copy of a template whose placeholders are filled, whole or not at all.

    Single cells keep their look and get the value; a table gets as many rows as there are, below
    headings that name its columns, in the look of its first row.  Charts, formulas, names, drop-
    downs and conditional formats that cover all rows of a table cover the new ones as well.
    Stored results of formulas are removed, for they show other data; Excel works them out when it
    opens the book.

    Raises
    ------
    ConfigurationError
        lxml is not installed.
    WorkbookError
        The template cannot be read, asks for what there is not (all of it is listed), or the
        output cannot be written.
    """
    _require_lxml()
    if output.suffix.lower() != template.suffix.lower():
        raise WorkbookError(
            f"a report from {template.name} is a {template.suffix} file",
            where=str(output),
            cure=f"Let its name end in {template.suffix}.",
        )
    if output.exists() and not overwrite:
        raise WorkbookError(
            "the file exists already",
            where=str(output),
            cure="Choose another name, or replace it with --force.",
        )
    from xlmeso.report.template_places import find_places

    with open_package(template) as package:
        places = find_places(package, content, str(template))
        replace_file(output, lambda target: _Filling(package, places, content).write(target))
    return output


def _require_lxml() -> None:
    try:
        import lxml  # noqa: F401
    except ImportError:
        raise ConfigurationError(
            "templates need the library lxml", cure="Install it: pip install xlmeso[templates]"
        ) from None


@dataclass(slots=True)
class _Filling:
    """One template on its way to a report."""

    package: zipfile.ZipFile
    places: Places
    content: Placeholders

    def write(self, target: Path) -> None:
        """Write the new package; parts that are not concerned are copied as they are."""
        from xlmeso.report.splice import write_packed
        from xlmeso.report.template_sheet import as_bytes, parse
        from xlmeso.report.template_styles import Styles

        styles = Styles(parse(self.package.read(_STYLES)))
        editors = self._edited_sheets(styles)
        changed = dict(self._changed_parts())
        if styles.changed:
            changed[_STYLES] = as_bytes(styles.root)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for item in self.package.infolist():
                if item.filename == _CHAIN:
                    continue
                if item.filename in editors:
                    with new.open(item.filename, "w", force_zip64=True) as file:
                        write_packed(file, editors[item.filename].texts())
                elif item.filename in changed:
                    new.writestr(item.filename, changed[item.filename])
                else:
                    new.writestr(item, self.package.read(item))

    def _edited_sheets(self, styles: Any) -> dict[str, SheetEditor]:
        from xlmeso.report.template_refs import grown
        from xlmeso.report.template_sheet import SheetEditor, forget_results, parse, tag

        texts = LongTexts()
        found: dict[str, SheetEditor] = {}
        for sheet, part in sheet_parts(self.package).items():
            if not part.startswith("xl/worksheets/"):
                continue
            editor = SheetEditor(parse(self.package.read(part)), styles, texts.shown)
            touched = self._fill(sheet, editor)
            for formula in editor.root.iter(tag("f")):
                formula.text = grown(formula.text or "", self.growths, sheet) or None
            if forget_results(editor.root) or touched:
                found[part] = editor
        return found

    def _fill(self, sheet: str, editor: SheetEditor) -> bool:
        """Write values and tables of one sheet; whether it has any."""
        cells = [cell for cell in self.places.cells if cell.sheet == sheet]
        tables = [table for table in self.places.tables if table.sheet == sheet]
        for cell in cells:
            value = self.content.values[cell.key]
            editor.put(cell.row, cell.column, value.value, value.number_format)
        for table in tables:
            plan = self._plan(table)
            editor.fill_table(plan, table.area, stream=plan.length > LARGE)
        return bool(cells or tables)

    def _plan(self, table: TablePlace) -> TablePlan:
        """Choose and order the columns of our table as the template has them."""
        from xlmeso.report.template_places import chosen_columns

        source = self.content.tables[table.name.casefold()]
        return replace(source, columns=chosen_columns(source, table))

    @property
    def growths(self) -> list[Growth]:
        """Where references have to follow the tables."""
        from xlmeso.report.template_refs import Growth

        return [
            Growth(
                table.sheet,
                table.area[0],
                table.area[2],
                table.area[1],
                table.area[3],
                table.area[1] + self.content.tables[table.name.casefold()].length - 1,
            )
            for table in self.places.tables
        ]

    def _changed_parts(self) -> Iterator[tuple[str, bytes]]:
        """Yield the parts besides sheets and styles that are not copied as they are."""
        from xlmeso.report.template_places import with_new_area
        from xlmeso.report.template_refs import grow_chart, refresh_pivot
        from xlmeso.report.template_sheet import as_bytes, parse

        growths = self.growths
        for table, growth in zip(self.places.tables, growths, strict=True):
            yield table.part, with_new_area(self.package.read(table.part), growth)
        yield _BOOK, self._book(growths)
        names = self.package.namelist()
        for name in names:
            root = None
            if re.match(r"xl/charts/chart\w*\.xml$", name):
                root = parse(self.package.read(name))
                root = root if grow_chart(root, growths) else None
            elif re.match(r"xl/pivotCache/pivotCacheDefinition\w*\.xml$", name):
                root = parse(self.package.read(name))
                ours = [table.name.casefold() for table in self.places.tables]
                root = root if refresh_pivot(root, ours) else None
            if root is not None:
                yield name, as_bytes(root)
        if _CHAIN in names:
            yield from self._without_chain()

    def _book(self, growths: Sequence[Growth]) -> bytes:
        """Have everything worked out when the book is opened; let names follow the tables."""
        from xlmeso.report.template_refs import grown
        from xlmeso.report.template_sheet import as_bytes, parse, tag

        root = parse(self.package.read(_BOOK))
        for name in root.iter(tag("definedName")):
            name.text = grown(name.text or "", growths)
        calculation = root.find(tag("calcPr"))
        if calculation is None:
            calculation = root.makeelement(tag("calcPr"), {})
            before = {tag(name) for name in _BEFORE_CALC}
            place = max(
                (index for index, child in enumerate(root, start=1) if child.tag in before),
                default=len(root),
            )
            root.insert(place, calculation)
        calculation.set("fullCalcOnLoad", "1")
        return as_bytes(root)

    def _without_chain(self) -> Iterator[tuple[str, bytes]]:
        """Forget the order of calculation, which Excel makes anew."""
        from xlmeso.report.template_sheet import as_bytes, parse

        for part, attribute, ending in (
            ("[Content_Types].xml", "PartName", "/xl/calcChain.xml"),
            ("xl/_rels/workbook.xml.rels", "Target", "calcChain.xml"),
        ):
            root = parse(self.package.read(part))
            for item in [item for item in root if (item.get(attribute) or "").endswith(ending)]:
                root.remove(item)
            yield part, as_bytes(root)


_BEFORE_CALC: Final = (
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets",
    "functionGroups", "externalReferences", "definedNames",
)  # fmt: skip
"""Elements of a workbook that stand before calcPr."""
