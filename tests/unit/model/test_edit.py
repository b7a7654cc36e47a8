"""Changing one value of a document leaves every other one as it was spelled."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.model.document import DocumentError, JsonNumber, dumps, get_at, loads, walk
from xlmeso.model.edit import with_value

scalars = st.none() | st.booleans() | st.text(max_size=5)
numbers = st.sampled_from(["1", "10000.0000", "-0", "1e5"]).map(JsonNumber)
documents = st.dictionaries(
    st.text(max_size=4),
    st.recursive(
        scalars | numbers,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=12,
    ),
    min_size=1,
    max_size=4,
)


@given(documents, st.data())
def test_only_the_value_at_the_path_changes(document: dict, data: st.DataObject) -> None:
    paths = [path for path, _ in walk(document) if path]
    path = data.draw(st.sampled_from(paths))
    before = copy.deepcopy(document)
    changed = with_value(document, path, JsonNumber("7.50"))
    assert document == before
    assert get_at(changed, path) == JsonNumber("7.50")
    back = with_value(changed, path, get_at(before, path))
    assert dumps(back) == dumps(before)


def test_objects_on_the_way_are_made_and_a_list_grows_by_one() -> None:
    made = with_value(loads('{"a": null, "l": [1.0]}'), ("a", "b", "c"), True)
    made = with_value(made, ("l", 1), "x")
    assert dumps(made) == '{"a":{"b":{"c":true}},"l":[1.0,"x"]}'


def test_a_gap_in_a_list_is_refused_with_its_place() -> None:
    with pytest.raises(DocumentError, match=r"l\[3\]: the list has 1 items"):
        with_value(loads('{"l": [1]}'), ("l", 3), None)
