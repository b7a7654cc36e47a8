"""One sheet while it is written: texts, inputs and formulas, each formula with its real answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils.cell import coordinate_from_string, get_column_letter

from workbooks.live import Live, Rows
from xlmeso.sheets.plan import (
    CellHint,
    ChartPlan,
    FormulaPlan,
    NamePlan,
    NotePlan,
    RulePlan,
    SeriesPlan,
    SheetPlan,
)

ROOM_ROWS = 5_000
"""Rows that a named column may grow to."""


@dataclass(frozen=True)
class Ref:
    """Cells that a formula mentions: as text, and with what they hold."""

    sheet: str
    address: str
    rows: Rows

    def text(self, sheet: str) -> str:
        """Return the reference as written on a sheet."""
        prefix = "" if sheet == self.sheet else f"{self.sheet}!"
        return prefix + self.address

    def column(self, number: int) -> list[Any]:
        """Return one column of a block, counted from 1."""
        return [row[number - 1] for row in self.rows]


@dataclass
class Page:
    """A sheet plan in the making."""

    name: str
    live: Live
    widths: Sequence[float] = ()
    tab_colour: str = "0072B2"
    freeze: tuple[int, int] | None = None
    footer: str = ""
    notes: list[NotePlan] = field(default_factory=list)
    formulas: list[FormulaPlan] = field(default_factory=list)
    names: list[NamePlan] = field(default_factory=list)
    charts: list[ChartPlan] = field(default_factory=list)
    rules: list[RulePlan] = field(default_factory=list)

    def text(self, cell: str, text: Any, style: str = "MesoText", **more: Any) -> None:
        """Write a text; ``link`` and ``number_format`` as in `NotePlan`."""
        column, row = place(cell)
        self.notes.append(NotePlan(text, row, column, style, **more))

    def given(
        self, cell: str, value: Any, title: str = "", help_text: str = "", **more: Any
    ) -> Ref:
        """Write a blue cell that people change."""
        choices = more.pop("choices", ())
        choices_at = more.pop("choices_at", "")
        hint = CellHint(title, help_text, tuple(choices), choices_at=choices_at)
        self.text(cell, value, "MesoInput", hint=hint, **more)
        return Ref(self.name, cell, [[value]])

    def given_block(self, cell: str, rows: Rows, *, style: str = "MesoInput") -> Ref:
        """Write blue cells side by side; a row's first cell is its label when there are two."""
        column, row = place(cell)
        for down, line in enumerate(rows):
            for across, value in enumerate(line):
                self.notes.append(NotePlan(value, row + down, column + across, style))
        last = f"{get_column_letter(column + len(rows[0]) - 1)}{row + len(rows) - 1}"
        return Ref(self.name, f"{cell}:{last}" if last != cell else cell, rows)

    def call(self, cell: str, function: str, *arguments: Any, **looks: Any) -> Ref:
        """Write one of our functions with its answer; None leaves an argument out."""
        return self.formula(
            cell,
            self.expression(function, *arguments),
            self.answer(function, *arguments),
            **looks,
        )

    def expression(self, function: str, *arguments: Any) -> str:
        """Return a call as text."""
        return f"{function}({','.join(self._text(one) for one in arguments)})"

    def answer(self, function: str, *arguments: Any) -> Rows:
        """Return what a call gives now."""
        return self.live.rows(
            function, *(one.rows if isinstance(one, Ref) else one for one in arguments)
        )

    def formula(self, cell: str, expression: str, rows: Rows, **looks: Any) -> Ref:
        """Write any formula with what it gives."""
        column, row = place(cell)
        # Also for one value: without it, Excel shows an @ before a function of an add-in.
        spills = "MESO_" in expression or (len(rows), len(rows[0])) != (1, 1)
        self.formulas.append(
            FormulaPlan(
                f"={expression}", row, column, self.live.shown(rows), spills=spills, **looks
            )
        )
        return Ref(self.name, f"${get_column_letter(column)}${row}", rows)

    def column_name(self, name: str, block: Ref, number: int = 1) -> None:
        """Name a column of numbers of a block without headings, as long as it is just now."""
        column, row = place(block.address.replace("$", ""))
        letter = get_column_letter(column + number - 1)
        first = f"{block.sheet}!${letter}${row}"
        room = f"{first}:${letter}${row + ROOM_ROWS}"
        formula = f"{first}:INDEX({room},MAX(1,COUNT({room})))"
        self.names.append(NamePlan(name, formula, block.column(number)))

    def chart(
        self, kind: str, name: str, title: str, cell: str, category: str, **more: Any
    ) -> None:
        """Draw a chart over names; ``series`` holds name, title and colour of each line."""
        column, row = place(cell)
        series = tuple(
            SeriesPlan(one[0], one[2], title=one[1], negative_colour="".join(one[3:]))
            for one in more.pop("series")
        )
        self.charts.append(
            ChartPlan(kind, name, title, "", category, series, row, column, **more)  # type: ignore[arg-type]
        )

    def signs(self, area: str, first: str) -> None:
        """Colour gains and losses of an area whose first cell is ``first``."""
        self.rules.append(RulePlan("", (area,), f"AND(ISNUMBER({first}),{first}<0)", "bad"))
        self.rules.append(RulePlan("", (area,), f"AND(ISNUMBER({first}),{first}>0)", "good"))

    def plan(self) -> SheetPlan:
        """Return the finished plan."""
        return SheetPlan(
            self.name,
            notes=tuple(self.notes),
            charts=tuple(self.charts),
            rules=tuple(self.rules),
            formulas=tuple(self.formulas),
            names=tuple(self.names),
            freeze=self.freeze,
            widths=dict(enumerate(self.widths, start=1)),
            footer=self.footer,
            tab_colour=self.tab_colour,
        )

    def _text(self, argument: Any) -> str:
        match argument:
            case Ref():
                return argument.text(self.name)
            case None:
                return ""
            case bool():
                return "TRUE" if argument else "FALSE"
            case str():
                return '"' + argument.replace('"', '""') + '"'
        return str(argument)


def place(cell: str) -> tuple[int, int]:
    """Return column and row of ``B5``."""
    letters, row = coordinate_from_string(cell)
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number, row
