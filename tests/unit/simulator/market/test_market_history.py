from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path

import numpy as np
import pytest

from xlmeso.errors import ConfigurationError, SimulationError
from xlmeso.simulator.market import HistorySource, open_market
from xlmeso.simulator.market import symbols as symbols_module
from xlmeso.simulator.market.bundled import load_bundled
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.sessions import day_number, trading_calendar

START, END = dt.date(2015, 3, 2), dt.date(2015, 3, 31)

# Four days of the S&P 500 and VIX.
SPX_ROWS = (
    "2015-03-02,2105.23,2117.52,2104.50,2117.39",
    "2015-03-03,2115.76,2115.76,2098.26,2107.78",
    "2015-03-04,2107.72,2107.72,2094.49,2098.53",
    "2015-03-05,2098.54,2104.25,2095.22,2101.04",
)
VIX_ROWS = (
    "2015-03-02,13.90,13.90,12.87,13.04",
    "2015-03-03,13.35,14.69,13.25,13.86",
    "2015-03-04,14.31,15.33,14.13,14.23",
    "2015-03-05,14.01,14.58,13.88,14.04",
)
HEADER = "date,open,high,low,close"


@pytest.fixture(scope="module")
def bundled() -> DailyHistory:
    return load_bundled()


@pytest.fixture
def no_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbols_module, "BUNDLED_FOLDER", tmp_path / "removed")


def row(history: DailyHistory, date: dt.date) -> int:
    return int(np.flatnonzero(history.days == day_number(date))[0])


def write_folder(folder: Path, spx=SPX_ROWS, vix=VIX_ROWS, rates=None, header=HEADER) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "spx.csv").write_text("\n".join((header, *spx)) + "\n", encoding="utf-8")
    (folder / "vix.csv").write_text("\n".join((header, *vix)) + "\n", encoding="utf-8")
    if rates is not None:
        (folder / "rates.csv").write_text("\n".join(rates) + "\n", encoding="utf-8")
    return folder


def open_folder(folder: Path):
    return open_market("SPX", START, END, history=HistorySource("csv", folder))


# --- the bundled series ---------------------------------------------------------------------


def test_the_bundled_history_has_every_session(bundled: DailyHistory) -> None:
    assert (bundled.first_date, bundled.last_date) == (dt.date(1990, 1, 2), dt.date(2026, 2, 11))
    sessions = trading_calendar().session_days
    assert bundled.days.tolist() == sessions[sessions <= day_number(bundled.last_date)].tolist()
    assert bundled.days.size == 9095


def test_bundled_prices_are_consistent(bundled: DailyHistory) -> None:
    for price in (bundled.open, bundled.close):
        assert (bundled.low <= price).all()
        assert (price <= bundled.high).all()
    assert (bundled.vix_close > 8.0).all()
    assert (bundled.vix_close < 90.0).all()


def test_well_known_closes(bundled: DailyHistory) -> None:
    for date, close, vix in (
        (dt.date(2007, 10, 9), 1565.15, 16.12),
        (dt.date(2009, 3, 9), 676.53, 49.68),
        (dt.date(2020, 3, 16), 2386.13, 82.69),
    ):
        assert bundled.close[row(bundled, date)] == close
        assert bundled.vix_close[row(bundled, date)] == vix


def test_vix_sessions_that_are_missing_take_the_close_before(bundled: DailyHistory) -> None:
    for date in (dt.date(1991, 3, 1), dt.date(1999, 12, 31)):
        here = row(bundled, date)
        assert bundled.vix_close[here] == bundled.vix_close[here - 1]
        assert bundled.vix_open[here] == bundled.vix_close[here - 1]


def test_a_vix_open_never_gives_the_close_away(bundled: DailyHistory) -> None:
    """Rows of 1990 and 1991 have one price only; the open of 2004-01-21 is a misprint."""
    early = slice(1, row(bundled, dt.date(1991, 12, 31)))
    before = bundled.vix_close[0 : early.stop - 1]
    assert (bundled.vix_open[early] == before).mean() > 0.99
    misprint = row(bundled, dt.date(2004, 1, 21))
    assert bundled.vix_open[misprint] == 15.21


def test_rates_are_continuous_and_of_an_earlier_day(bundled: DailyHistory) -> None:
    """Fed funds were 5.33 % on 2023-10-31: daily compounding, act/360, as a yearly logarithm."""
    expected = 365 * np.log(1 + 0.0533 / 360)
    assert bundled.rate[row(bundled, dt.date(2023, 11, 1))] == pytest.approx(expected, rel=1e-12)
    # 1990-01-01 was 7.97 %, 01-02 was 8.54 %: the 2nd knows only the first.
    assert bundled.rate[0] == pytest.approx(365 * np.log(1 + 0.0797 / 360))
    assert bundled.rate[1] == pytest.approx(365 * np.log(1 + 0.0854 / 360))


def test_dividend_yields_are_of_the_month_before_and_carried_on(bundled: DailyHistory) -> None:
    assert bundled.dividend_yield[row(bundled, dt.date(2023, 6, 1))] == 0.016532
    assert bundled.dividend_yield[row(bundled, dt.date(2023, 5, 31))] != 0.016532
    assert bundled.dividend_yield[-1] == 0.015812


def test_a_damaged_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in symbols_module.INDEX_FILES:
        (tmp_path / name).write_bytes(b"not gzip")
    monkeypatch.setattr(symbols_module, "BUNDLED_FOLDER", tmp_path)
    with pytest.raises(SimulationError, match="cannot be read") as caught:
        open_market("SPX", START, END, history=HistorySource("bundled"))
    assert caught.value.where is not None
    assert caught.value.where.endswith("spx_daily.csv.gz")


# --- choosing a source ----------------------------------------------------------------------


def test_a_source_survives_pickling() -> None:
    source = HistorySource("csv", Path("data"))
    assert pickle.loads(pickle.dumps(source)) == source


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("parquet",), "no kind of history"),
        (("csv",), "needs a folder"),
        (("synthetic", Path("x")), "takes no folder"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused(arguments, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        HistorySource(*arguments)


def test_auto_takes_the_folder_before_the_bundled_history(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "own")
    market = open_market("SPX", START, END, history=HistorySource("auto", folder))
    assert "own daily index" in market.source
    assert "modelled" in market.source
    assert market.underlying[-1] == 2101.04


def test_auto_takes_the_bundled_history_before_the_synthetic_one() -> None:
    assert "bundled" in open_market("SPX", START, END, history=HistorySource()).source


def test_without_the_bundled_folder_the_market_is_synthetic(no_bundled: None) -> None:
    market = open_market("SPX", START, END, history=HistorySource())
    assert "simulated" in market.source
    assert len(market.sessions.dates) == 22
    expiration = market.expirations(3)[2]
    assert market.settlement_time(expiration).date() == expiration.date


# --- the user's own folder ------------------------------------------------------------------


def test_own_prices_are_met_exactly(tmp_path: Path) -> None:
    market = open_folder(write_folder(tmp_path / "own"))
    assert (market.first_date, market.last_date) == (dt.date(2015, 3, 2), dt.date(2015, 3, 5))
    bars = market.sessions.bars_of(1)
    assert market.underlying[bars[0]] == 2115.76
    assert market.underlying[list(bars)].max() == 2115.76
    assert market.underlying[list(bars)].min() == 2098.26
    assert market.vix[bars[-1]] == 13.86
    assert market.notes[-1].startswith("The history ends on 2015-03-05")


def test_own_rates_are_used(tmp_path: Path) -> None:
    rates = ("date,percent", "2015-02-27,7.2", "2015-03-03,3.6")
    plain = open_folder(write_folder(tmp_path / "plain"))
    own = open_folder(write_folder(tmp_path / "own", rates=rates))
    assert own._history.rate[1] == pytest.approx(365 * np.log(1 + 0.072 / 360))
    assert own._history.rate[2] == pytest.approx(365 * np.log(1 + 0.036 / 360))
    assert own.fingerprint != plain.fingerprint
    assert "own rates" in own.source


def test_a_folder_works_without_any_bundled_series(tmp_path: Path, no_bundled: None) -> None:
    market = open_folder(write_folder(tmp_path / "own"))
    assert any("no rates.csv" in note for note in market.notes)
    assert market._history.rate.tolist() == [0.03] * 4


def test_missing_vix_days_take_the_close_before_and_are_noted(tmp_path: Path) -> None:
    market = open_folder(write_folder(tmp_path / "own", vix=(*VIX_ROWS[:1], *VIX_ROWS[2:])))
    assert market.vix[market.sessions.bars_of(1)[-1]] == 13.04
    assert any("lacks 1 sessions" in note for note in market.notes)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "own")
    first = open_folder(folder)
    write_folder(folder, spx=(*SPX_ROWS[:3], "2015-03-05,2098.54,2104.25,2095.22,2099.999"))
    assert open_folder(folder).fingerprint != first.fingerprint


def test_columns_may_stand_in_any_order_and_case(tmp_path: Path) -> None:
    def turned(rows):
        return tuple(f"{r.split(',')[4]},x,{','.join(r.split(',')[:4])}" for r in rows)

    folder = write_folder(
        tmp_path / "own",
        turned(SPX_ROWS),
        turned(VIX_ROWS),
        header="Close,Source,Date,Open,High,Low",
    )
    assert open_folder(folder).underlying[-1] == 2101.04


@pytest.mark.parametrize(
    ("file", "rows", "expected"),
    [
        ("spx", ("2015-03-02,1,2,0.5,x",), ("spx.csv", "line 2", "column close", "'x'")),
        ("spx", ("02.03.2015,1,2,0.5,1",), ("spx.csv", "line 2", "column date", "02.03.2015")),
        ("spx", ("2015-03-02,1,2,0.5",), ("spx.csv", "line 2", "4 values")),
        ("spx", ("2015-03-02,1,2,0,1",), ("spx.csv", "line 2", "column low", "above zero")),
        ("spx", ("2015-03-02,1,2,nan,1",), ("spx.csv", "line 2", "column low", "nan")),
        ("spx", ("2015-03-02,1,inf,1,1",), ("spx.csv", "line 2", "column high", "inf")),
        ("spx", ("2015-03-02,1,2,0.5,3",), ("line 2", "column close", "between low and high")),
        ("spx", ("2015-03-01,1,2,0.5,1",), ("line 2", "2015-03-01", "no session")),
        ("spx", (SPX_ROWS[0], SPX_ROWS[3]), ("2 sessions are missing", "2015-03-03")),
        ("spx", (SPX_ROWS[1], SPX_ROWS[0]), ("line 3", "column date", "does not come after")),
        ("spx", (), ("no rows",)),
        ("vix", ("2015-03-02,13,14,12,-1",), ("vix.csv", "line 2", "column close")),
        ("vix", VIX_ROWS[1:], ("vix.csv", "2015-03-03", "later than the index")),
        ("rates", ("2015-03-02,150",), ("rates.csv", "line 2", "column percent", "150")),
    ],
)
def test_mistakes_are_named_with_file_line_and_column(
    tmp_path: Path, file: str, rows, expected
) -> None:
    folder = write_folder(tmp_path / "own", rates=("date,percent", "2015-03-02,1"))
    header = "date,percent" if file == "rates" else HEADER
    (folder / f"{file}.csv").write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    with pytest.raises(SimulationError) as caught:
        open_folder(folder)
    for part in expected:
        assert part in str(caught.value)


def test_a_missing_column_file_or_folder_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "own", header="date,open,high,low,last")
    with pytest.raises(SimulationError, match="column 'close' is missing"):
        open_folder(folder)
    with pytest.raises(SimulationError, match=r"spx\.csv: The file is missing"):
        open_folder(tmp_path / "nowhere")


def test_a_file_that_is_too_large_or_not_text_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "own")
    with (folder / "vix.csv").open("r+b") as stream:
        stream.truncate(17 * 1024 * 1024)
    with pytest.raises(SimulationError, match="at most 16,777,216"):
        open_folder(folder)
    (folder / "vix.csv").write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(SimulationError, match="cannot be read"):
        open_folder(folder)
    (folder / "vix.csv").write_text("a\n" * 50_001, encoding="utf-8")
    with pytest.raises(SimulationError, match="at most 50,000"):
        open_folder(folder)
