"""The command that shows the journal: what was intended, sent, accepted, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from xlmeso.cli.command import Command, pass_terminal
from xlmeso.cli.table import Column, Table
from xlmeso.cli.terminal import Terminal

if TYPE_CHECKING:
    from xlmeso.journal import RunSet, Submission, Submissions

_LATEST = 50

Labels = dict[str, tuple[int, str]]


@click.command(cls=Command, tables=True)
@click.option("--set", "set_id", type=click.IntRange(1), help="Only the runs of this set.")
@click.option("--open", "only_open", is_flag=True, help="Only what has not come to its end.")
@click.option(
    "--limit", type=click.IntRange(1), default=_LATEST, show_default=True, help="Newest runs only."
)
@pass_terminal
def journal(terminal: Terminal, set_id: int | None, only_open: bool, limit: int) -> None:
    """Show what was sent, as it was written down before.

    Sets of runs (sweeps) come first, then the single runs.  A run is intended, sent (no reply
    yet), accepted (it has an id), ended, stored (its results are here) or refused.  Asks nobody:
    'xlmeso sweep --resume' and Refresh settle what is open.
    """
    book = _open(terminal)
    labels = book.sets.labels()
    if set_id is not None:
        _check_set(book, set_id)
        runs = [member.run for member in book.sets.members(set_id)]
        sets = []
    else:
        runs = [run for run in book.recent(limit) if run.key not in labels]
        sets = book.sets.recent(limit)
    if only_open:
        runs = [run for run in runs if _is_open(run, labels)]
        sets = [item for item in sets if not item.is_done]
    if terminal.as_json:
        terminal.print_json(
            {
                "Sets": [_set_document(item) for item in sets],
                "Runs": [_run_document(run, labels) for run in runs],
            }
        )
    elif terminal.as_csv:
        terminal.print_table(_programs_table(runs, labels))
    else:
        _print_for_people(terminal, book, sets, runs, labels)


def _open(terminal: Terminal) -> Submissions:
    from xlmeso.journal import Submissions
    from xlmeso.settings import journal_path, resolve_profile

    return Submissions(journal_path(resolve_profile(terminal.profile)))


def _check_set(book: Submissions, set_id: int) -> None:
    from xlmeso.journal import JournalError

    if book.sets.get(set_id) is None:
        raise JournalError(
            f"the journal has no set {set_id}",
            where=str(book.path),
            cure="'xlmeso journal' lists the sets.",
        )


def _is_open(run: Submission, labels: Labels) -> bool:
    from xlmeso.journal import SubmissionState

    if run.key not in labels and run.state is SubmissionState.ENDED:
        return False  # the results of single runs are kept elsewhere
    return not run.is_done


def _print_for_people(
    terminal: Terminal,
    book: Submissions,
    sets: Sequence[RunSet],
    runs: Sequence[Submission],
    labels: Labels,
) -> None:
    if sets:
        columns = ("Set", "Title", "Runs", "Ended", "Open", "Created (UTC)")
        rows = [
            (item.set_id, item.title, item.total, item.ended, item.total - item.done, _minute(item))
            for item in sets
        ]
        numbers = ("Set", "Runs", "Ended", "Open")
        terminal.print_table(Table(tuple(Column(c, c in numbers) for c in columns), rows))
        if runs:
            terminal.print("")
    if runs:
        columns = ("Id", "State", "Outcome", "Run", "Changed (UTC)", "Reason")
        terminal.print_table(
            Table(
                tuple(Column(name, whole=name in ("Id", "State")) for name in columns),
                [
                    (run.backtest_id, run.state, run.outcome, labels.get(run.key, (0, run.name))[1],
                     run.changed_at, run.reason)
                    for run in runs
                ],
            )
        )  # fmt: skip
    if not sets and not runs:
        terminal.say(f"Nothing to show in {book.path}.")


def _programs_table(runs: Sequence[Submission], labels: Labels) -> Table:
    rows = [list(_run_document(run, labels).values()) for run in runs]
    return Table(tuple(Column(name) for name in _FIELDS), rows)


_FIELDS = (
    "Set", "Label", "Name", "BacktestId", "State", "Outcome", "Reason", "Key", "RecordedAt",
    "SentAt", "AcceptedAt", "EndedAt", "ChangedAt",
)  # fmt: skip


def _run_document(run: Submission, labels: Labels) -> dict[str, Any]:
    number, label = labels.get(run.key, (None, None))
    values = (
        number, label, run.name, run.backtest_id, run.state.value,
        None if run.outcome is None else run.outcome.value, run.reason, run.key,
        _iso(run.recorded_at), _iso(run.sent_at), _iso(run.accepted_at), _iso(run.ended_at),
        _iso(run.changed_at),
    )  # fmt: skip
    return dict(zip(_FIELDS, values, strict=True))


def _set_document(item: RunSet) -> dict[str, Any]:
    return {
        "Set": item.set_id,
        "Title": item.title,
        "Digest": item.digest,
        "CreatedAt": _iso(item.created_at),
        "Runs": item.total,
        "Ended": item.ended,
        "Done": item.done,
        "States": {state.value: count for state, count in item.counts.items()},
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")


def _minute(item: RunSet) -> str:
    return f"{item.created_at:%Y-%m-%d %H:%M}"
