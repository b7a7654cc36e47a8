"""A planned book as one self-contained page: tables, and charts that can be zoomed and read off.

Charts are drawn by plotly.js, whose program is put into the page as the Python package plotly
brings it; nothing is fetched when the page is looked at, and its content security policy forbids
it.  Everything that comes from a run is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from xlmeso.errors import ConfigurationError
from xlmeso.report.books import replace_file
from xlmeso.report.page_charts import figure
from xlmeso.sheets.book_plan import BookPlan
from xlmeso.sheets.cells import CellValue, visible_text
from xlmeso.sheets.number_text import shown
from xlmeso.sheets.plan import ColumnPlan, NotePlan, SheetPlan, TablePlan

MOST_ROWS: Final = 5_000
"""Rows of a table that a page shows; a browser is no place for more."""

_LONGEST: Final = 4_000
"""Characters of a cell."""

_START: Final = """
const figures = JSON.parse(document.getElementById("figures").textContent);
const buttons = [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]];
const options = {responsive: true, displaylogo: false, modeBarButtons: buttons};
for (const [name, figure] of Object.entries(figures))
  Plotly.newPlot(name, figure.data, figure.layout, options);
"""

_STYLE: Final = """
body{font:14px/1.45 Calibri,Carlito,"Segoe UI",Arial,sans-serif;color:#1b2733;margin:0;
 background:#f5f7fa}
header,main{max-width:1180px;margin:0 auto;padding:0 24px}
header{background:#1f3a5f;color:#fff;max-width:none;padding:18px 24px}
header>*{max-width:1180px;margin:0 auto}
header p{max-width:1180px;margin:3px auto}
h1{font-size:24px;font-weight:600}
nav{padding-top:8px}nav a{color:#cfe3f7;margin-right:16px}
.warn{color:#ffd9b8;font-weight:600}
section{background:#fff;border:1px solid #d9dee5;border-radius:6px;margin:20px 0;
 padding:4px 20px 18px}
h2{color:#1f3a5f;font-size:19px;margin:14px 0 6px}
h3{color:#1f3a5f;font-size:15px;margin:18px 0 4px}
p{margin:3px 0;max-width:110ch;overflow-wrap:anywhere}
.tiles{display:flex;flex-wrap:wrap;gap:10px;margin:10px 0}
.tile{border:1px solid #d9dee5;border-top:3px solid #0072b2;border-radius:4px;
 padding:6px 14px;min-width:88px}
.tile b{display:block;font-size:20px}.tile small{color:#595959}
.rows{overflow:auto;max-height:560px;border:1px solid #d9dee5;margin-top:6px}
table{border-collapse:collapse;font-size:13px;width:max-content;min-width:100%}
th{position:sticky;top:0;background:#1f3a5f;color:#fff;text-align:left;padding:4px 9px;
 font-weight:600}
td{border-top:1px solid #e7ebf0;padding:3px 9px;max-width:62ch;overflow-wrap:anywhere;
 vertical-align:top}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.neg{color:#a03b00}
.chart{height:400px;margin:10px 0}
footer{color:#595959;font-size:12px;padding:0 24px 24px;text-align:center}
@media print{body{background:#fff}.rows{max-height:none;overflow:visible}
 section{break-inside:avoid}}
"""


def write_page(path: Path, plan: BookPlan, *, notice: str = "") -> Path:
    """Write the page, whole or not at all.

    Parameters
    ----------
    notice
        A sentence below the title, for example what the page leaves out.

    Raises
    ------
    ConfigurationError
        plotly is not installed.
    WorkbookError
        The file cannot be written.
    """
    text = page(plan, _plotly_js(), notice=notice)
    replace_file(path, lambda target: _write(target, text))
    return path


def _write(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8", newline="\n")


def page(plan: BookPlan, library: str, *, notice: str = "") -> str:
    """Return the page; ``library`` is the text of plotly.js."""
    figures: dict[str, Any] = {}
    said: set[str] = set()
    sections = "".join(_section(plan, sheet, figures, said) for sheet in plan.sheets)
    links = "".join(
        f'<a href="#{_anchor(sheet.name)}">{escape(sheet.name)}</a>' for sheet in plan.sheets
    )
    policy = (
        f"default-src 'none'; script-src {_hash(library)} {_hash(_START)}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    warning = "".join(
        f'<p class="warn">{_escaped(note.text)}</p>'
        for note in plan.sheets[0].notes
        if note.style == "MesoWarn"
    )
    data = json.dumps(figures, allow_nan=False).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(plan.title)}</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{escape(plan.title)}</h1>{warning}<p>{escape(plan.subject)}</p>"
        f"<p>{escape(notice)}</p><nav>{links}</nav></header><main>{sections}</main>"
        f"<footer>{escape(plan.description)}</footer>"
        f'<script type="application/json" id="figures">{data}</script>'
        f"<script>{library}</script><script>{_START}</script></body></html>\n"
    )


def _plotly_js() -> str:
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise ConfigurationError(
            "pages need the library plotly", cure="Install it: pip install xlmeso[html]"
        ) from None
    return str(get_plotlyjs()).replace("</script", "<\\/script")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _anchor(sheet: str) -> str:
    return "sheet-" + "".join(
        character if character.isalnum() else "-" for character in sheet.lower()
    )


def _section(plan: BookPlan, sheet: SheetPlan, figures: dict[str, Any], said: set[str]) -> str:
    """Return a sheet as a section; what a section above has said already is left out."""
    parts = [f'<section id="{_anchor(sheet.name)}"><h2>{escape(sheet.name)}</h2>']
    notes = [note for note in _notes(sheet) if note not in said]
    said.update(notes)
    parts += notes
    for chart in sheet.charts:
        name = f"{_anchor(sheet.name)}-{chart.name}"
        made = figure(plan, sheet, chart)
        if made is not None:
            figures[name] = made
            label = escape(chart.alt_text or chart.title)
            parts.append(f'<div class="chart" id="{name}" role="img" aria-label="{label}"></div>')
    parts += [_table(sheet, table) for table in sheet.tables]
    return "".join([*parts, "</section>"])


def _notes(sheet: SheetPlan) -> Iterator[str]:
    """Yield the key figures as tiles and the sentences above the tables; links stay in the book."""
    tiles = _tiles(sheet)
    if tiles:
        yield f'<div class="tiles">{tiles}</div>'
    first = min((table.row for table in sheet.tables), default=1)
    lines: dict[int, list[NotePlan]] = {}
    for note in sheet.notes:
        plain = note.style in ("MesoLabel", "MesoText", "MesoNote") and note.link is None
        if plain and note.row < first and note.text not in (None, ""):
            lines.setdefault(note.row, []).append(note)
    for row in sorted(lines):
        texts = [
            f"<b>{_escaped(note.text)}</b>" if note.style == "MesoLabel" else _escaped(note.text)
            for note in sorted(lines[row], key=lambda note: note.column)
        ]
        if any(note.style != "MesoLabel" for note in lines[row]):
            yield f"<p>{': '.join(texts)}</p>"


def _tiles(sheet: SheetPlan) -> str:
    by_place = {(note.row, note.column): note for note in sheet.notes}
    found = []
    for (row, column), note in sorted(by_place.items(), key=lambda item: item[0]):
        if note.style == "MesoTileValue":
            label = by_place.get((row - 1, column))
            below = by_place.get((row + 1, column))
            found.append(
                f'<div class="tile" title="{escape(label.comment if label else "")}">'
                f"{_escaped(label.text if label else None)}"
                f"<b>{_escaped(note.text, note.number_format)}</b>"
                f"<small>{_escaped(below.text if below else None)}</small></div>"
            )
    return "".join(found)


def _table(sheet: SheetPlan, table: TablePlan) -> str:
    rows = range(min(table.length, MOST_ROWS))
    heads = "".join(
        f'<th{_side(column)} title="{escape(column.comment)}">{escape(column.title)}</th>'
        for column in table.columns
    )
    body = "".join(
        "<tr>" + "".join(_cell(table, column, row) for column in table.columns) + "</tr>"
        for row in rows
    )
    more = table.length - len(rows)
    rest = f"<p>The first {len(rows):,} of {table.length:,} rows.</p>" if more > 0 else ""
    return (
        f"{_heading(sheet, table)}{rest}"
        f'<div class="rows"><table><tr>{heads}</tr>{body}</table></div>'
    )


def _heading(sheet: SheetPlan, table: TablePlan) -> str:
    """Return the section heading that stands right above a table."""
    for note in sheet.notes:
        above = note.row in (table.row - 1, table.row - 2) and note.column == table.column
        if above and note.style == "MesoSection":
            return f"<h3>{_escaped(note.text)}</h3>"
    return ""


def _cell(table: TablePlan, column: ColumnPlan, row: int) -> str:
    value = table.value_at(row, column)
    formats: Sequence[str | None] = column.formats or ()
    text = shown(value, formats[row] if row < len(formats) else column.number_format)
    classes = "n" if column.align == "right" else ""
    if column.align == "right" and text.startswith("-"):
        classes += " neg"
    mark = f' class="{classes}"' if classes else ""
    return f"<td{mark}>{escape(visible_text(text, limit=_LONGEST))}</td>"


def _side(column: ColumnPlan) -> str:
    return ' class="n"' if column.align == "right" else ""


def _escaped(value: CellValue, number_format: str | None = None) -> str:
    return escape(visible_text(shown(value, number_format), limit=_LONGEST))
