"""Formulas when something is wrong with the service; and that no file ever holds the key."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from host_formulas import formulas
from host_service import HostedRuns
from winstub import Variant, Windows

from xlmeso.app.formulas import purge
from xlmeso.app.formulas.session import Session, use_session


def test_no_file_holds_the_key(
    excel: Windows, runs: HostedRuns, session: Session, private_home: Path
) -> None:
    for formula in formulas(runs):
        excel.rows(formula.function, *formula.arguments)
    session.close()
    key = runs.api_key.encode()
    signature = key.rpartition(b".")[2]
    files = [path for path in private_home.rglob("*") if path.is_file()]
    assert any(path.name == "index.sqlite" for path in files)
    for path in files:
        content = path.read_bytes()
        assert key not in content
        assert signature not in content
        if path.parent.name == "bodies":
            assert signature not in zlib.decompress(content)


def test_wrong_key_is_told_and_asked_about_once(
    excel: Windows, runs: HostedRuns, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLMESO_API_KEY", runs.api_key[:-6] + "AAAAAA")
    for _ in range(5):
        assert isinstance(excel.one("MESO_METRIC", runs.first, "Sharpe"), Variant)
    sentence = excel.one("MESO_ERROR", runs.first)
    assert "key" in sentence
    assert runs.api_key[-20:] not in sentence
    assert session.results().usage.session()["requests"] == 1


def test_missing_key_is_told_with_the_cure(
    excel: Windows, runs: HostedRuns, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLMESO_URL", "https://fund.example.test")
    monkeypatch.delenv("XLMESO_API_KEY")
    assert isinstance(excel.one("MESO_STATUS", runs.first), Variant)
    assert "xlmeso login" in excel.one("MESO_ERROR", "#N/A")


def test_book_of_yesterday_opens_without_the_service_and_says_so(
    excel: Windows, runs: HostedRuns, nowhere: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = purge.cache_folder()
    (private := nowhere.results()).cache.put_many(
        _bodies(runs, private.service.scope), float("inf")
    )
    assert home.is_dir()
    figures = runs.analytics(runs.first)
    assert excel.one("MESO_METRIC", runs.first, "Sharpe") == figures["StratSharpe"]
    assert excel.one("MESO_STATUS", runs.first) == "Finished"
    assert isinstance(excel.one("MESO_METRIC", runs.second, "Sharpe"), Variant)
    assert "xlmeso serve" in excel.one("MESO_ERROR", runs.second)
    assert "shown from the cache" in excel.one("MESO_ERROR", runs.first)


def test_run_deleted_meanwhile_is_not_shown_any_longer(
    excel: Windows, runs: HostedRuns, session: Session
) -> None:
    from host_service import definition

    run = runs.submit(definition("deleted meanwhile"))
    assert isinstance(excel.one("MESO_METRIC", run, "Sharpe"), float | int | str)
    client = session.results().service.client()
    from xlmeso.model.backtest import DeleteMode

    client.backtests.delete(run, DeleteMode.FULL)
    purge.forget_backtests(session.results().service.profile, [run])
    use_session(Session())
    assert isinstance(excel.one("MESO_METRIC", run, "Sharpe"), Variant)
    assert runs.refusal(f"/backtest/{run}/status") in excel.one("MESO_ERROR", run)


def _bodies(runs: HostedRuns, scope: str) -> dict[object, bytes]:
    from xlmeso.journal.cache import CacheKey

    body = runs.get(f"/backtest/{runs.first}/analytics").content
    return {CacheKey(scope, "analytics", runs.first): body}
