from __future__ import annotations

from xlmeso.model.nearest import Suggester, did_you_mean, nearest


def test_nearest_ignores_case_and_gives_the_known_spelling() -> None:
    assert nearest("strategyname", ["StrategyName", "Symbol"]) == "StrategyName"
    assert nearest("short_putt", ["short_put", "long_put"]) == "short_put"
    assert nearest("xyz", ["short_put"]) is None
    assert nearest("a" * 200, ["a" * 200]) is None


def test_question_or_nothing() -> None:
    assert did_you_mean("Symbl", ["Symbol"]) == "Did you mean Symbol?"
    assert did_you_mean("", ["Symbol"]) == ""


def test_suggester_stops_when_its_budget_is_used_up() -> None:
    suggester = Suggester(budget=2)
    assert suggester.nearest("Symbl", ["Symbol"]) == "Symbol"
    assert suggester.did_you_mean("Symbl", ["Symbol"]) == "Did you mean Symbol?"
    assert suggester.nearest("Symbl", ["Symbol"]) is None
    assert suggester.did_you_mean("Symbl", ["Symbol"]) == ""
