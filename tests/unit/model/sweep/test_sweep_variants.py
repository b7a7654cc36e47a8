"""Rows of a sweep and the definitions that come out of them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.model.document import dumps, get_at, walk
from xlmeso.model.edit import with_value
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.paths import known_paths, resolve
from xlmeso.model.sweep.request import SweepRequest, expand
from xlmeso.model.sweep.space import Axis, Choice, Row, grid, parse_sampling, sample
from xlmeso.model.sweep.values import SweepValueError, parse_values
from xlmeso.model.sweep.variants import make_variants
from xlmeso.model.sweep.windows import windows
from xlmeso.model.templates import load_template

PUT = load_template("short-put")
DELTA = "Legs[short_put].StrikeSelector.Delta"
TARGET = "Exit.ProfitTarget"


def axis(path: str, values: str, place: str = "") -> Axis:
    return Axis(resolve(path, PUT), parse_values(values), place or f"--vary {path}")


def texts(rows: list[Row]) -> list[tuple[str, ...]]:
    return [tuple(choice.text for choice in row.choices) for row in rows]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_a_grid_is_the_product_of_its_lists_in_their_order(sizes: list[int]) -> None:
    names = [DELTA, TARGET, "Exit.StopLoss", "Exit.MaxDaysInTrade"][: len(sizes)]
    lists = [[f"{10 * place + item}" for item in range(size)] for place, size in enumerate(sizes)]
    axes = [axis(name, ",".join(items)) for name, items in zip(names, lists, strict=True)]
    assert texts(grid(axes)) == list(itertools.product(*lists))


def test_a_grid_refuses_an_open_range_and_too_many_combinations() -> None:
    with pytest.raises(SweepValueError, match=r"10\.\.20 has no step"):
        grid([axis(DELTA, "10..20")])
    with pytest.raises(SweepValueError, match="10,201 combinations"):
        grid([axis(DELTA, "0..100 step 1"), axis(TARGET, "0..100 step 1")])


@pytest.mark.parametrize("method", ["lhs", "random"])
def test_a_sample_is_the_same_for_the_same_seed(method: str) -> None:
    axes = [axis(DELTA, "10.00..22.00"), axis(TARGET, "100, 200, 300")]
    drawn = texts(sample(axes, parse_sampling(f"{method}:40", 7)))
    assert drawn == texts(sample(axes, parse_sampling(f"{method}:40", 7)))
    assert drawn != texts(sample(axes, parse_sampling(f"{method}:40", 8)))
    assert len(drawn) == 40
    assert all(10 <= float(delta) <= 22 and target in "100200300" for delta, target in drawn)


def test_a_latin_hypercube_uses_every_slice_of_every_range_once() -> None:
    drawn = texts(sample([axis(DELTA, "0.000..20.000"), axis(TARGET, "0.000..20.000")],
                         parse_sampling("lhs:20", 3)))  # fmt: skip
    for column in zip(*drawn, strict=True):
        assert sorted(int(min(float(text), 19.999)) for text in column) == list(range(20))


def test_rows_that_come_out_equal_are_drawn_once() -> None:
    assert len(sample([axis(DELTA, "10..12")], parse_sampling("lhs:50"))) == 3


@pytest.mark.parametrize("text", ["lhs", "sobol:5", "lhs:0", "lhs:-1", "lhs:99999"])
def test_a_sample_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(SweepValueError, match="says no sample"):
        parse_sampling(text)


def test_windows_follow_each_other_and_test_after_they_were_trained() -> None:
    found = [
        (window.label, str(window.first), str(window.last)) for window in windows("24m:12m", PUT)
    ]
    assert found == [
        ("1 train", "2018-01-01", "2019-12-31"),
        ("1 test", "2020-01-01", "2020-12-31"),
        ("2 train", "2019-01-01", "2020-12-31"),
        ("2 test", "2021-01-01", "2021-12-31"),
    ]
    plain = [(window.label, str(window.first), str(window.last)) for window in windows("2y", PUT)]
    assert plain == [("1", "2018-01-01", "2019-12-31"), ("2", "2020-01-01", "2021-12-31")]
    anchored = [str(window.first) for window in windows("anchored:24m:12m", PUT)]
    assert anchored == ["2018-01-01", "2020-01-01", "2018-01-01", "2021-01-01"]


@pytest.mark.parametrize("spec", ["", "12", "0m", "5y", "12m:", "12m:x", "9999y:9999w", "9999w:1d"])
def test_windows_that_do_not_fit_are_refused(spec: str) -> None:
    with pytest.raises(SweepValueError):
        windows(spec, PUT)


def test_windows_need_a_period_and_are_not_without_end() -> None:
    with pytest.raises(SweepValueError, match=r"no Backtest\.Start"):
        windows("12m", StrategyDefinition.from_python({}))
    daily = windows("1d", PUT)
    assert len(daily) == 500
    assert daily[1].title == "2: 2018-01-02 to 2018-01-02"
    weeks = windows("4w:1w", PUT)
    assert [str(window.first) for window in weeks[:4]] == [
        "2018-01-01", "2018-01-29", "2018-01-08", "2018-02-05",
    ]  # fmt: skip
    leap = StrategyDefinition(
        with_value(PUT.document, ("Backtest", "Start"), "2019-12-31T00:00:00")
    )
    assert str(windows("2m", leap)[0].last) == "2020-02-28"


def made(*axes: Axis, **options: object) -> object:
    rows, problems = expand(SweepRequest(axes, **options), PUT)  # type: ignore[arg-type]
    assert problems == []
    return make_variants(PUT, rows)


def test_a_variant_changes_its_values_and_its_name_and_nothing_else() -> None:
    found = made(axis(DELTA, "12, 16"), axis(TARGET, "200, 400"))
    assert found.problems == ()
    variant = found.variants[1]
    assert variant.parameters == {DELTA: "12", TARGET: "400"}
    assert variant.name.startswith("Short put 2018-2021 | Delta=12, ProfitTarget=400 ")
    back = variant.definition.document
    for path in (("Backtest", "Name"), ("Exit", "ProfitTarget"),
                 ("Structure", "Legs", 0, "StrikeSelector", "Delta")):  # fmt: skip
        back = with_value(back, path, get_at(PUT.document, path))
    assert dumps(back) == dumps(PUT.document)


def test_names_are_unique_readable_and_short_enough() -> None:
    long = StrategyDefinition(with_value(PUT.document, ("Backtest", "Name"), "N" * 240))
    path = resolve("Exit.Conditions", PUT)
    texts = [f'["pos_delta > {number} -- {"x" * 90}"]' for number in range(30)]
    rows = [Row((Choice(path, text, ""),), "") for text in texts]
    names = [variant.name for variant in make_variants(long, rows).variants]
    assert len(set(names)) == 30
    assert max(map(len, names)) <= 250


def test_the_same_content_always_has_the_same_name() -> None:
    few = made(axis(DELTA, "12, 16")).variants[1]
    many = made(axis(DELTA, "10, 12, 14, 16")).variants[3]
    assert few.name == many.name
    other = StrategyDefinition(with_value(PUT.document, ("Exit", "StopLoss"), "credit * 3"))
    rows, _ = expand(SweepRequest((axis(DELTA, "16"),)), other)
    assert make_variants(other, rows).variants[0].name != few.name


def test_all_mistakes_of_all_variants_come_together_each_once_with_its_place() -> None:
    rows, _ = expand(
        SweepRequest((axis(DELTA, "12, 1 +, 14", "B6"), axis("Exit.StopLoss", "bar + 1, 5", "B7"))),
        PUT,
    )
    found = [str(problem) for problem in make_variants(PUT, rows).problems]
    assert len(found) == 2
    assert found[0].startswith("error: B6 (Structure.Legs[0].StrikeSelector.Delta)")
    assert found[1].startswith("error: B7 (Exit.StopLoss)")
    assert "bar" in found[1]


def test_a_mistake_that_arises_from_values_together_names_the_variants() -> None:
    axes = (axis("Exit.ProfitTarget", "100, 200"), axis("Exit.StopLoss", "profit_targt, 5"))
    rows, _ = expand(SweepRequest((*axes, axis(DELTA, "12, 14"))), PUT)
    (problem,) = make_variants(PUT, rows).problems
    assert problem.cell == "--vary Exit.StopLoss"
    path = ("Structure", "Legs", 0, "ExpirationName")
    other = [Row((Choice(resolve("Expirations[main].Name", PUT), name, f"A{n}"),), f"A{n}")
             for n, name in enumerate(("main", "front"))]  # fmt: skip
    problems = make_variants(PUT, other).problems
    assert {found.cell for found in problems} == {"variant 2 (A1)"}
    assert path in {found.path for found in problems}


def test_a_variant_that_repeats_another_is_refused() -> None:
    target = resolve(TARGET, PUT)
    choices = [Choice(target, text, f"A{row}") for row, text in enumerate(("5", "6", "5"))]
    rows = [Row((choice,), choice.place) for choice in choices]
    (problem,) = make_variants(PUT, rows).problems
    assert problem.cell == "A2"
    assert "variant 3 is the same as variant 1" in problem.message


def test_a_parameter_that_is_set_twice_is_refused() -> None:
    request = SweepRequest((axis(TARGET, "1"), axis("exit.profittarget", "2", "--vary b")))
    _, (problem,) = expand(request, PUT)
    assert problem.cell == "--vary b"
    assert "varied twice" in problem.message
    request = SweepRequest((axis("Backtest.End", "2020-01-01"),), walk_forward=("12m", "B16"))
    _, (problem,) = expand(request, PUT)
    assert "windows already" in problem.message


def test_a_value_of_the_wrong_type_is_told_at_its_place() -> None:
    rows, _ = expand(SweepRequest((axis("Entry.Concurrency", "{1}; null", "B9"),)), PUT)
    (problem,) = make_variants(PUT, rows).problems
    assert problem.cell == "B9"
    assert "no JSON" in problem.message


def test_names_of_one_s_own_must_differ() -> None:
    name, target = resolve("Backtest.Name", PUT), resolve(TARGET, PUT)
    rows = [
        Row((Choice(name, own, "A1"), Choice(target, text, "B1")), f"row {text}")
        for own, text in (("first", "1"), ("second", "2"), ("first", "3"))
    ]
    found = make_variants(PUT, rows)
    assert [variant.name for variant in found.variants] == ["first", "second", "first"]
    (problem,) = found.problems
    assert problem.cell == "row 3"
    assert "two variants have the name 'first'" in problem.message


def test_an_unknown_field_is_a_mistake_unless_it_is_allowed() -> None:
    future = StrategyDefinition(with_value(PUT.document, ("Exit", "Future"), "x"))
    rows = [Row((Choice(resolve("Exit.Future", future), "y", "B6"),), "B6")]
    assert [problem.cell for problem in make_variants(future, rows).problems] == ["B6"]
    assert make_variants(future, rows, allow_unknown=True).problems == ()


def test_too_many_variants_are_refused_before_they_are_made() -> None:
    row = Row((Choice(resolve(TARGET, PUT), "500", "line 2"),), "line 2")
    many = SweepRequest((axis(DELTA, "0..99.99 step 0.01"),), (row, row), None)
    _, (problem,) = expand(many, PUT)
    assert "20,000 variants" in problem.message
    _, (wrong,) = expand(SweepRequest((), (row,), walk_forward=("soon", "B16")), PUT)
    assert wrong.cell == "B16"


def test_rows_are_combined_with_axes_and_windows() -> None:
    row = Row((Choice(resolve(TARGET, PUT), "500", "line 2"),), "line 2")
    request = SweepRequest((axis(DELTA, "12, 14"),), (row,), walk_forward=("2y", "--walk-forward"))
    rows, problems = expand(request, PUT)
    assert problems == []
    found = make_variants(PUT, rows)
    assert found.problems == ()
    assert [(v.texts, v.window.label if v.window else "") for v in found.variants] == [
        (("500", "12"), "1"), (("500", "12"), "2"), (("500", "14"), "1"), (("500", "14"), "2"),
    ]  # fmt: skip
    assert found.variants[1].definition.get("Backtest", "Start") == "2020-01-01T00:00:00"
    assert "window 2" in found.variants[1].name


leaves = [path for path in known_paths(PUT) if path.current is not None]


@settings(max_examples=60)
@given(st.sampled_from(leaves), st.sampled_from(["7", "7.50", "1e2", "pos_pnl + 1"]))
def test_a_value_put_at_a_path_and_taken_back_leaves_no_trace(path, text) -> None:  # type: ignore[no-untyped-def]
    found = make_variants(PUT, [Row((Choice(path, text, "x"),), "x")])
    for variant in found.variants:
        spelled = get_at(variant.definition.document, path.path)
        assert text in (spelled, str(spelled))
        before = dict(walk(PUT.document))
        after = dict(walk(variant.definition.document))
        changed = {p for p in before if dumps(before[p]) != dumps(after[p])}
        own = {path.path[:n] for n in range(len(path.path) + 1)}
        assert changed <= own | {(), ("Backtest",), ("Backtest", "Name")}
