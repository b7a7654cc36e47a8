"""Types of arguments that several commands share."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from xlmeso.app.definitions import LoadedDefinition


class DateParameter(click.ParamType):  # type: ignore[type-arg]
    """A day as YYYY-MM-DD."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """Read the day."""
        try:
            return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day such as 2020-03-16.", param, ctx)


class TimeParameter(click.ParamType):  # type: ignore[type-arg]
    """A day or a time as YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss].

    Parameters
    ----------
    whole_day
        Whether a day stands for its last second, as the end of a range, instead of its first.
    """

    name = "time"

    def __init__(self, *, whole_day: bool = False) -> None:
        self._whole_day = whole_day

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.datetime:
        """Read the time."""
        if isinstance(value, dt.datetime):
            return value
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2020-03-16T09:35.", param, ctx)
        if self._whole_day and len(value) <= len("2020-03-16"):
            return moment.replace(hour=23, minute=59, second=59)
        return moment


class TemplateParameter(click.ParamType):  # type: ignore[type-arg]
    """The name of one of the templates that ship with xlmeso."""

    name = "template"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name."""
        from xlmeso.model.templates import template_names

        if value not in template_names():
            self.fail(f"{value!r} is no template. Take {', '.join(template_names())}.", param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the names that begin so, each with its summary."""
        from xlmeso.model.templates import template_names, template_summary

        return [
            CompletionItem(name, help=template_summary(name))
            for name in template_names()
            if name.startswith(incomplete)
        ]


class BacktestIdParameter(click.ParamType):  # type: ignore[type-arg]
    """An id of a backtest, or a link to it, whose last segment is the id."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take the id out of a link; any other text is the id."""
        text = str(value).strip()
        if "://" in text:
            text = unquote(urlsplit(text).path.rstrip("/").rpartition("/")[2])
        if not text:
            self.fail("an id of a backtest is needed.", param, ctx)
        return text


class EventTypeParameter(click.ParamType):  # type: ignore[type-arg]
    """A type of event; names that we do not know are let through, the service may know them."""

    name = "type"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the known types that begin so."""
        from xlmeso.model.events import BlotterEventType

        wanted = incomplete.casefold()
        return [
            CompletionItem(item) for item in BlotterEventType if item.casefold().startswith(wanted)
        ]


DATE = DateParameter()
EVENT_TYPE = EventTypeParameter()
START_TIME = TimeParameter()
END_TIME = TimeParameter(whole_day=True)
TEMPLATE = TemplateParameter()
BACKTEST_ID = BacktestIdParameter()

DEFINITION_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)

sheet_option = click.option(
    "--sheet", metavar="NAME", help="Sheet with the strategy, where a workbook has several."
)

allow_unknown_option = click.option(
    "--allow-unknown", is_flag=True, help="Accept fields that this version does not know."
)


def load_definition(file: str, sheet: str | None = None) -> LoadedDefinition:
    """Read the strategy of a FILE argument: a workbook, a .json file, or stdin for ``-``."""
    from xlmeso.app import definitions

    if file == "-":
        return definitions.read_json(sys.stdin.buffer.read(), where="stdin")
    path = Path(file)
    if not definitions.is_book(path):
        return definitions.read_json_file(path)
    from xlmeso.excel import books

    return definitions.read_book(path, books, sheet)
