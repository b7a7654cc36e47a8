from __future__ import annotations

from xlmeso.errors import StrategyDefinitionError
from xlmeso.model.problems import Problem, Severity, error, errors_of, warning


def test_problem_reads_as_a_line_for_people() -> None:
    problem = error(("Structure", "Legs", 0, "Qty"), "Qty is 0.5.", "Write 1.")
    assert str(problem) == "error: Structure.Legs[0].Qty: Qty is 0.5. Write 1."
    assert str(problem.at("Strategy!C12")) == (
        "error: Strategy!C12 (Structure.Legs[0].Qty): Qty is 0.5. Write 1."
    )
    assert problem.cell is None


def test_problem_of_the_whole_definition_says_so() -> None:
    assert str(warning((), "it is empty.")) == "warning: (definition): it is empty."


def test_only_errors_block() -> None:
    first, second = error(("a",), "x"), warning(("b",), "y")
    assert errors_of([second, first]) == [first]
    assert second == Problem(Severity.WARNING, ("b",), "y")


def test_error_lists_every_problem() -> None:
    both = StrategyDefinitionError([error(("a",), "x"), warning(("b",), "y")], where="file.json")
    assert str(both) == (
        "file.json: the strategy definition has 2 mistakes:\n  error: a: x\n  warning: b: y"
    )
    assert "1 mistake:" in str(StrategyDefinitionError([error(("a",), "x")]))


def test_a_problem_of_the_whole_names_its_place_without_brackets_of_its_own() -> None:
    found = error((), "nothing to vary").at("--vary Exit.ProfitTargt")
    assert str(found) == "error: --vary Exit.ProfitTargt: nothing to vary"
    assert str(error((), "nothing")) == "error: (definition): nothing"
