"""Vendor layouts, written as the vendors document them, and the command that imports them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from service_helpers import Caller

from xlmeso.cli.main import cli
from xlmeso.model.document import to_python
from xlmeso.model.templates import load_template
from xlmeso.simulator.chains import importing
from xlmeso.simulator.chains.files import read_session
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.server import LocalService

OPTIONSDX = """\
[QUOTE_UNIXTIME], [QUOTE_READTIME], [QUOTE_DATE], [QUOTE_TIME_HOURS], [UNDERLYING_LAST], \
[EXPIRE_DATE], [EXPIRE_UNIX], [DTE], [C_DELTA], [C_GAMMA], [C_VEGA], [C_THETA], [C_RHO], [C_IV], \
[C_VOLUME], [C_LAST], [C_SIZE], [C_BID], [C_ASK], [STRIKE], [P_BID], [P_ASK], [P_SIZE], [P_LAST], \
[P_DELTA], [P_GAMMA], [P_VEGA], [P_THETA], [P_RHO], [P_IV], [P_VOLUME], [STRIKE_DISTANCE], \
[STRIKE_DISTANCE_PCT]
1609794000, 2021-01-04 16:00, 2021-01-04, 16.0, 3700.65, 2021-02-19, 1613768400, 46.0, 0.55, \
0.001, 5.1, -1.1, 2.0, 0.24, 12, 130.0, 5 x 5, 128.0, 130.0, 3700.0, 126.0, 128.0, 5 x 5, 127.0, \
-0.45, 0.001, 5.1, -1.1, -2.0, 0.25, 3, 0.65, 0.0
1609880400, 2021-01-05 16:00, 2021-01-05, 16.0, 3726.86, 2021-02-19, 1613768400, 45.0, , , , , , , \
, , 5 x 5, 148.0, 150.0, 3700.0, 121.0, 123.0, 5 x 5, , , , , , , , , 26.86, 0.01
"""

CBOE_EOD = """\
underlying_symbol,quote_date,root,expiration,strike,option_type,open,high,low,close,trade_volume,\
bid_size_1545,bid_1545,ask_size_1545,ask_1545,underlying_bid_1545,underlying_ask_1545,\
implied_underlying_price_1545,active_underlying_price_1545,implied_volatility_1545,delta_1545,\
gamma_1545,theta_1545,vega_1545,rho_1545,bid_size_eod,bid_eod,ask_size_eod,ask_eod,\
underlying_bid_eod,underlying_ask_eod,vwap,open_interest,delivery_code
^SPX,2021-01-04,SPXW,2021-02-19,3700.000,P,0,0,0,0,0,1,126.00,1,128.00,0,0,3699.1,3698.5,0.2512,\
-0.4512,0,0,0,0,1,125.0,1,127.0,0,0,0,0,
^SPX,2021-01-04,SPX,2021-02-19,3700.000,C,0,0,0,0,0,1,128.00,1,130.00,0,0,3699.1,3698.5,0,0,0,0,0,\
0,1,125.0,1,127.0,0,0,0,0,
"""

CBOE_INTERVALS = """\
underlying_symbol,quote_datetime,root,expiration,strike,option_type,open,high,low,close,\
trade_volume,bid_size,bid,ask_size,ask,underlying_bid,underlying_ask,open_interest
SPY,2021-01-04 10:00:00,SPY,2021-02-19,370.000,P,0,0,0,0,0,1,12.60,1,12.80,369.9,370.1,5
SPY,2021-01-04 10:15:00,SPY,2021-02-19,370.000,P,0,0,0,0,0,1,12.40,1,12.60,370.9,371.1,5
"""


def imported(tmp_path: Path, text: str, layout: str, *more: str) -> Path:
    source = tmp_path / "vendor.csv"
    source.write_text(text, "utf-8")
    folder = tmp_path / "chains"
    result = CliRunner().invoke(
        cli, ["chains", "import", str(source), str(folder), "--layout", layout, *more]
    )
    assert result.exit_code == 0, result.output
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    table = read_session(path)
    return [dict(row) for row in table.to_dict("records")]


def test_optionsdx(tmp_path: Path) -> None:
    folder = imported(tmp_path, OPTIONSDX, "optionsdx", "--format", "csv")
    first, second = sorted((folder / "SPX").glob("2021-*.csv"))
    assert [first.name, second.name] == ["2021-01-04.csv", "2021-01-05.csv"]
    found = {row["type"]: row for row in rows(first)}
    assert found["Put"]["time"] == "2021-01-04 16:00:00"
    assert [found["Put"][name] for name in ("root", "strike", "bid", "ask", "iv", "delta")] == [
        "SPXW", 3700.0, 126.0, 128.0, 0.25, -0.45,
    ]  # fmt: skip
    assert [found["Call"][name] for name in ("bid", "ask", "underlying")] == [128, 130, 3700.65]
    assert all(pd.isna(row["iv"]) for row in rows(second))


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_cboe_end_of_day(tmp_path: Path, form: str) -> None:
    folder = imported(tmp_path, CBOE_EOD, "cboe-eod", "--format", form)
    found = {row["type"]: row for row in rows(folder / "SPX" / f"2021-01-04.{form}")}
    put = found["Put"]
    assert str(put["time"]) == "2021-01-04 15:45:00"
    assert [put[name] for name in ("root", "bid", "ask", "underlying", "iv", "delta")] == [
        "SPXW", 126.0, 128.0, 3698.5, 0.2512, -0.4512,
    ]  # fmt: skip
    assert pd.isna(found["Call"]["iv"])


def test_cboe_intervals_of_another_symbol(tmp_path: Path) -> None:
    folder = imported(tmp_path, CBOE_INTERVALS, "cboe-intervals", "--symbol", "SPY")
    (path,) = (folder / "SPY").glob("2021-01-04.*")
    assert [(row["bid"], row["underlying"]) for row in rows(path)] == [(12.6, 370.0), (12.4, 371.0)]


def test_a_root_of_ones_own(tmp_path: Path) -> None:
    more = ("--format", "csv", "--symbol", "SPY")
    folder = imported(tmp_path, OPTIONSDX, "optionsdx", *more)
    assert {row["root"] for row in rows(folder / "SPY" / "2021-01-04.csv")} == {"SPY"}
    folder = imported(tmp_path, OPTIONSDX, "optionsdx", "--root", "SPX", "--format", "csv")
    assert {row["root"] for row in rows(folder / "SPX" / "2021-01-04.csv")} == {"SPX"}


def test_the_same_again_changes_nothing_and_more_is_added(tmp_path: Path) -> None:
    folder = imported(tmp_path, CBOE_EOD, "cboe-eod", "--format", "csv")
    path = folder / "SPX" / "2021-01-04.csv"
    before = path.read_bytes()
    imported(tmp_path, CBOE_EOD, "cboe-eod", "--format", "csv")
    assert path.read_bytes() == before
    imported(
        tmp_path, CBOE_EOD.replace(",3700.000,P", ",3600.000,P"), "cboe-eod", "--format", "csv"
    )
    assert sorted(row["strike"] for row in rows(path)) == [3600, 3700, 3700]


def test_pieces_do_not_tear_sessions_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PIECE_ROWS", 1)
    folder = imported(tmp_path, CBOE_EOD, "cboe-eod", "--format", "csv")
    assert len(rows(folder / "SPX" / "2021-01-04.csv")) == 2


def test_a_folder_of_packed_files(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.csv.gz").write_bytes(gzip.compress(CBOE_EOD.encode()))
    (source / "b.csv").write_text(CBOE_EOD.replace("2021-01-04", "2021-01-05"), "utf-8")
    (source / "readme.md").write_text("no data", "utf-8")
    folder = tmp_path / "out"
    result = CliRunner().invoke(
        cli, ["--json", "chains", "import", str(source), str(folder), "--layout", "cboe-eod"]
    )
    assert json.loads(result.stdout) == {
        "Sessions": 2, "First": "2021-01-04", "Last": "2021-01-05",
    }  # fmt: skip
    checked = CliRunner().invoke(cli, ["chains", "check", str(folder)])
    assert checked.stdout == "SPX: 2 sessions from 2021-01-04 to 2021-01-05\n"


def test_another_layout_is_told(tmp_path: Path) -> None:
    source = tmp_path / "vendor.csv"
    source.write_text(CBOE_EOD, "utf-8")
    result = CliRunner().invoke(
        cli, ["chains", "import", str(source), str(tmp_path / "x"), "--layout", "optionsdx"]
    )
    assert result.exit_code != 0
    assert "not of this layout; columns are missing: quote_readtime" in result.stderr


def test_the_service_runs_on_chains_and_refuses_other_symbols(tmp_path: Path) -> None:
    days = pd.bdate_range("2021-01-04", "2021-01-15")
    text = CBOE_INTERVALS.splitlines()
    lines = [text[0]]
    for day in days:
        for strike in range(330, 400, 5):
            mid = max(strike - 370, 0) + 5
            lines.append(
                f"SPY,{day:%Y-%m-%d} 15:45:00,SPY,2021-02-19,{strike},P,0,0,0,0,0,1,"
                f"{mid - 0.1:.2f},1,{mid + 0.1:.2f},369.9,370.1,5"
            )
    folder = imported(tmp_path, "\n".join(lines), "cboe-intervals", "--symbol", "SPY")
    document = to_python(load_template("short-put").document)
    document["Backtest"] |= {"Start": "2021-01-04T00:00:00", "End": "2021-01-15T23:59:59"}
    document["Symbol"] = "SPY"
    document["Structure"]["Legs"][0]["StrikeSelector"] = {"StrikePrice": "350"}
    document["Exit"]["MaxDaysInTrade"] = 3
    source = HistorySource("chains", folder)
    with LocalService(tmp_path / "data", workers=1, history=source) as service:
        call = Caller(service.url, service.api_key)
        backtest_id = call.submit({"StrategyDefinition": document})
        assert call.until(backtest_id, seconds=90) == "Finished"
        start = call("GET", f"/backtest/{backtest_id}/events", eventType="Start").json[0]
        assert "the user's own recorded chains of SPY: 10 snapshots" in start["Message"]
        analytics = call("GET", f"/backtest/{backtest_id}/analytics").json
        assert analytics["StratTradeCnt"] > 1
        document["Symbol"] = "SPX"
        reply = call("PUT", "/backtest/new", {"StrategyDefinition": document})
        assert reply.json["errors"] == [
            {
                "path": "Symbol",
                "message": "there are no chains of SPX",
                "suggestion": "There are chains of SPY.",
            }
        ]
