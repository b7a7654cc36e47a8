"""What ``xlmeso sweep`` prints: one JSON object per variant, CSV, or the best choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xlmeso.cli.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlmeso.app.connect import Connection
    from xlmeso.app.sweep.prepare import PreparedSweep
    from xlmeso.app.sweep.work import SweepRun
    from xlmeso.cli.terminal import Terminal
    from xlmeso.excel.books import WrittenBook
    from xlmeso.sheets.sweep.candidates import Ranking

MOST_SHOWN: Final = 10


def print_variants(terminal: Terminal, sweep: PreparedSweep) -> None:
    """Print the variants before anything is sent."""
    from xlmeso.app.sweep.work import variant_document
    from xlmeso.sheets.sweep.write import VariantResult

    if terminal.as_json:
        for variant in sweep.variants:
            terminal.print_json_line(variant_document(variant, VariantResult("Planned")))
        return
    paths = _paths(sweep)
    rows = [
        [variant.number, *(_value(variant.parameters, path) for path in paths), _window(variant)]
        for variant in sweep.variants
    ]
    columns = (Column("Variant", True), *(Column(path) for path in paths), Column("Window"))
    terminal.print_table(Table(columns, rows))
    terminal.say(f"{len(sweep.variants)} variants; nothing was sent.")


def print_outcome(
    terminal: Terminal, connection: Connection, run: SweepRun, written: WrittenBook | None
) -> None:
    """Print what came of every variant, for people the best choices."""
    from xlmeso.app.sweep.outcome import outcome_of
    from xlmeso.app.sweep.work import variant_document

    if terminal.as_json:
        for variant, result in zip(run.sweep.variants, run.results, strict=True):
            terminal.print_json_line(variant_document(variant, result))
    elif terminal.as_csv:
        terminal.print_table(_for_programs(run))
    else:
        _print_best(terminal, run)
        terminal.print(f"{outcome_of(connection, run).counts()}, {connection.service}")
        _print_failures(terminal, run)
    if written is not None:
        terminal.say(f"Results: {written.path}")
        if written.notice:
            terminal.say(written.notice)


def _for_programs(run: SweepRun) -> Table:
    """Make a table of every variant with all figures under the service's names."""
    paths = _paths(run.sweep)
    figures = list(dict.fromkeys(name for item in run.results for name in item.analytics or {}))
    titles = ["Variant", *paths, "Window", "State", "BacktestId", "FailureReason", *figures]
    rows = [
        [
            variant.number,
            *(_value(variant.parameters, path) for path in paths),
            _window(variant),
            result.state,
            result.backtest_id,
            result.reason,
            *((result.analytics or {}).get(name) for name in figures),
        ]
        for variant, result in zip(run.sweep.variants, run.results, strict=True)
    ]
    return Table(tuple(Column(title) for title in titles), rows)


def _print_best(terminal: Terminal, run: SweepRun) -> None:
    from xlmeso.sheets.sweep.candidates import rank

    ranking = rank(run.sweep.variants, run.results, run.sweep.metric, run.sweep.columns)
    if ranking.standings:
        terminal.print_table(_best(ranking, run.sweep))


def _best(ranking: Ranking, sweep: PreparedSweep) -> Table:
    from xlmeso.model.analytics import BY_NAME

    shown = [BY_NAME[name] for name in sweep.columns]
    columns = (
        *(Column(label, True) for label in ranking.labels),
        *(Column(metric.label, True) for metric in shown),
        Column("Stability", True),
        Column("Verdict"),
    )
    rows = []
    for standing in ranking.standings[:MOST_SHOWN]:
        candidate = ranking.candidates[standing.index]
        figures = [_figure(candidate.figures.get(metric.name), metric) for metric in shown]
        stability = "" if standing.stability is None else f"{standing.stability:.0%}"
        edge = ", at the edge" if standing.at_edge else ""
        rows.append([*candidate.values, *figures, stability, f"{standing.verdict}{edge}"])
    return Table(columns, rows)


def _figure(value: float | None, metric: Any) -> str:
    from decimal import Decimal

    from xlmeso.cli.figures import figure_text

    return figure_text(None if value is None else Decimal(repr(value)), metric)


def _print_failures(terminal: Terminal, run: SweepRun) -> None:
    from xlmeso.sheets.sweep.write import BAD

    bad = [
        (variant, result)
        for variant, result in zip(run.sweep.variants, run.results, strict=True)
        if result.state in BAD
    ]
    for variant, result in bad[:MOST_SHOWN]:
        terminal.say(f"Variant {variant.number} {result.state}: {result.reason or variant.name}")
    if len(bad) > MOST_SHOWN:
        terminal.say(f"... and {len(bad) - MOST_SHOWN} more.")


def _paths(sweep: PreparedSweep) -> Sequence[str]:
    return list(dict.fromkeys(path for variant in sweep.variants for path in variant.parameters))


def _value(parameters: Any, path: str) -> str | None:
    from xlmeso.model.sweep.variants import plain

    return plain(parameters[path]) if path in parameters else None


def _window(variant: Any) -> str | None:
    return variant.window.title if variant.window else None
