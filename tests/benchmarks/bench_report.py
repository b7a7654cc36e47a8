"""The report of a large run: time and memory beside openpyxl's bare write-only loop and XlsxWriter.

Run it:  python tests/benchmarks/bench_report.py [--events 100000] [--navs 80000] [--repeat 3]
         python tests/benchmarks/bench_report.py --huge 1200000

Each case is a process of its own that imports first, then measures; the median of the repeats is
shown.  The bare loops write the same rows of the sheets Events and NAV, without any format, from
lists that are made before the clock starts.  "peak" is what the process grew by while it worked.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

FIRST = dt.datetime(2012, 1, 3, 9, 35)
TYPES = ("EntrySignal", "EntryTrade", "EndOfDay", "AdjustmentDetail", "ExitSignal", "ExitTrade")
VARIABLES = (
    "underlying_price", "pos_pnl", "pos_delta", "pos_theta", "pos_vega", "pos_gamma", "pos_wvega",
    "underlying_iv", "underlying_iv_rank", "pos_margin", "acc_margin", "days_in_trade", "vix",
    "leg_short_put_delta", "leg_short_put_price", "leg_short_call_delta", "leg_short_call_price",
)  # fmt: skip
DEFINITION = {
    "Backtest": {"Name": "Large run", "Start": "2012-01-03", "End": "2020-01-01", "Cash": 100000},
    "Structure": {"Name": "Strangle", "Expirations": [], "Legs": []},
    "Symbol": "SPX",
}


def bars(count: int) -> Any:
    """Yield exchange times, 79 a day, on weekdays."""
    made = 0
    day = FIRST
    while True:
        if day.weekday() < 5:
            for bar in range(79):
                yield day + dt.timedelta(minutes=5 * bar)
                made += 1
                if made == count:
                    return
        day += dt.timedelta(days=1)


def make_files(folder: Path, events: int, navs: int) -> None:
    """Write a blotter and a NAV as the service sends them."""
    random.seed(7)
    with (folder / "events.json").open("w") as file:
        moments = bars(events)
        for number in range(events):
            file.write("," if number else "[")
            json.dump(event(number, next(moments)), file)
        file.write("]")
    with (folder / "navs.csv").open("w") as file:
        file.write("SimTime,NAV,PnL,Delta,Theta,Vega,OpenLegCnt,UnderlyingPrice\n")
        nav, price = 100_000.0, 1_300.0
        for moment in bars(navs):
            nav += random.gauss(0.4, 25)
            price *= 1 + random.gauss(0.000005, 0.0006)
            rest = ",".join(f"{random.uniform(-40, 40):.4f}" for _ in range(3))
            file.write(f"{moment.isoformat()},{nav:.2f},{nav - 1e5:.2f},{rest},2,{price:.2f}\n")


def event(number: int, moment: dt.datetime) -> dict[str, Any]:
    kind = TYPES[number % 6]
    contract = {
        "Underlying": "SPX", "Root": "SPXW", "Type": "Put", "Multiplier": 100,
        "Expiration": (moment + dt.timedelta(days=45)).date().isoformat() + "T00:00:00",
        "Strike": 1200 + 5 * (number % 80),
    }  # fmt: skip
    fill = {"TradeId": number // 6, "Contract": contract, "Price": round(random.random() * 20, 2)}
    return {
        "EventTime": "2026-11-24T09:29:02.123456Z",
        "SimTime": moment.isoformat(),
        "EventType": kind,
        "Message": f"{kind}: DIT={number % 45}, event {number}, ratio {random.random():.4f}",
        "Invested": True,
        "NAV": round(100_000 + random.random() * 9_999, 2),
        "PnL": round(random.random() * 1_000, 2),
        "TradeCnt": number // 6,
        "SettlementCnt": 0,
        "OpenLegCnt": 2,
        "TradeEvent": fill | {"Qty": -1 if "Entry" in kind else 1} if "Trade" in kind else None,
        "Vars": {name: round(random.uniform(-99, 99), 4) for name in VARIABLES},
        "PositionId": number // 60,
    }


def runs(folder: Path) -> list[Any]:
    """Read the files as `xlmeso report` does after the download."""
    from xlmeso.app.event_file import read_event_file
    from xlmeso.app.report import report_run
    from xlmeso.app.run import RunResult
    from xlmeso.measures.margin import ACCOUNT_MARGIN
    from xlmeso.measures.round_trips import VARIABLES as NEEDED
    from xlmeso.model.backtest import BacktestState, BacktestStatus, SubmittedBacktest
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.sheets.results.events import DEFAULT_VARIABLES
    from xlmeso.wire.navs import read_navs

    kept = {*DEFAULT_VARIABLES, *NEEDED, ACCOUNT_MARGIN}
    result = RunResult(
        receipt=SubmittedBacktest("7c9e6679-7425-40de-944b-e07fc1f90ae7", "Large run"),
        definition=StrategyDefinition.from_json(json.dumps(DEFINITION)),
        status=BacktestStatus(BacktestState.FINISHED),
        service="local service",
        fetched_at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
        analytics={"StratSharpe": Decimal("1.1"), "StratTradeCnt": 1_600},
        events=read_event_file(folder / "events.json", variables=kept),
        navs=read_navs((folder / "navs.csv").read_bytes()),
    )
    return [report_run(result)]


def bare_rows(folder: Path) -> list[tuple[list[str], list[list[Any]]]]:
    """Return headings and plain values of the large sheets."""
    from xlmeso.app.report import report_plan
    from xlmeso.report.text import plain
    from xlmeso.sheets.book_plan import rows_of

    tables = [
        table for sheet in report_plan(runs(folder)).sheets for table in sheet.tables if table.large
    ]
    return [
        (
            [column.title for column in table.columns],
            [[value if type(value) is str else plain(value) for value in row]
             for row in rows_of(table)],
        )
        for table in tables
    ]  # fmt: skip


def write_only(sheets: Any, path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for head, rows in sheets:
        sheet = book.create_sheet()
        sheet.append(head)
        for row in rows:
            sheet.append(row)
    book.save(path)


def xlsxwriter_constant(sheets: Any, path: Path) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with xlsxwriter.Workbook(path, options) as book:
        for head, rows in sheets:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, head)
            for number, row in enumerate(rows, start=1):
                sheet.write_row(number, 0, row)


def ours_bare(sheets: Any, path: Path) -> None:
    """Write the same rows by our row writer, with styles, tables and print set-up."""
    from xlmeso.report.books import write_workbook
    from xlmeso.sheets.plan import ColumnPlan, SheetPlan, TablePlan

    plans = []
    for number, (head, rows) in enumerate(sheets):
        columns = tuple(
            ColumnPlan(title, values)
            for title, values in zip(head, zip(*rows, strict=True), strict=True)
        )
        plans.append(SheetPlan(f"S{number}", (TablePlan(f"t{number}", columns, 1),)))
    write_workbook(path, plans)


def measure(case: str, folder: Path) -> dict[str, Any]:
    """Run one case in this process."""
    import openpyxl  # noqa: F401 -- imports are outside the clock
    import pandas  # noqa: F401

    target = folder / f"{case.replace(' ', '-')}.xlsx"
    target.unlink(missing_ok=True)
    prepared: Any = None
    writers = {
        "openpyxl write-only, bare": write_only,
        "XlsxWriter constant memory, bare": xlsxwriter_constant,
        "our row writer, same rows": ours_bare,
    }
    if case in writers:
        prepared = bare_rows(folder)
    elif case == "report, written from its plan":
        prepared = runs(folder)
    gc.collect()
    before = current_rss()
    started, cpu = time.perf_counter(), time.process_time()
    if case in writers:
        writers[case](prepared, target)
    else:
        from xlmeso.app.report import write_report

        write_report(prepared or runs(folder), target)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": seconds, "cpu": cpu, "peak": peak - before, "highest": peak,
        "size": target.stat().st_size / 1e6,
    }  # fmt: skip


def current_rss() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


CASES = (
    "openpyxl write-only, bare",
    "XlsxWriter constant memory, bare",
    "our row writer, same rows",
    "report, written from its plan",
    "report, from the downloaded files",
)


def in_a_process(case: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--case", case, "--folder", str(folder)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def compare(folder: Path, repeat: int) -> None:
    print(
        f"{'':38} {'seconds':>8} {'ratio':>6} {'CPU s':>6} "
        f"{'grew MB':>8} {'peak MB':>8} {'file MB':>8}"
    )
    base = 0.0
    for case in CASES:
        found = [in_a_process(case, folder) for _ in range(repeat)]
        seconds = statistics.median(one["seconds"] for one in found)
        base = base or seconds
        last = found[-1]
        print(
            f"{case:38} {seconds:8.2f} {seconds / base:6.2f} {last['cpu']:6.1f} "
            f"{last['peak']:8.0f} {last['highest']:8.0f} {last['size']:8.1f}",
            flush=True,
        )


def huge(folder: Path) -> None:
    from python_calamine import CalamineWorkbook

    case = CASES[-1]
    found = in_a_process(case, folder)
    print(f"{case}: {found['seconds']:.1f} s, peak {found['highest']:.0f} MB, "
          f"{found['size']:.0f} MB")  # fmt: skip
    book = CalamineWorkbook.from_path(str(folder / f"{case.replace(' ', '-')}.xlsx"))
    for name in book.sheet_names:
        if name.startswith(("Events", "NAV")):
            sheet = book.get_sheet_by_name(name)
            print(f"  {name}: {sheet.height:,} rows; row 6: {sheet.to_python(nrows=7)[5][:2]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--navs", type=int, default=80_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--huge", type=int, help="only a report of that many events")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure(options.case, options.folder)))
        return
    with tempfile.TemporaryDirectory() as name:
        make_files(Path(name), options.huge or options.events, options.navs)
        size = (Path(name) / "events.json").stat().st_size / 1e6
        print(f"{options.huge or options.events:,} events ({size:.0f} MB of JSON), "
              f"{options.navs:,} NAV rows")  # fmt: skip
        if options.huge:
            huge(Path(name))
        else:
            compare(Path(name), options.repeat)


if __name__ == "__main__":
    main()
