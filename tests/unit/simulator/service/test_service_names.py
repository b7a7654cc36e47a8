"""Random names for runs that ask for ``generate``."""

from __future__ import annotations

import random
import re

import pytest

from xlmeso.simulator.names import ANIMALS, MOODS, random_name, wants_random_name


@pytest.mark.parametrize("name", ["generate", "Generate", "GENERATE", " generate "])
def test_the_placeholder_counts_in_any_case(name: str) -> None:
    assert wants_random_name(name)


@pytest.mark.parametrize("name", ["", "generated", "re-generate", "GrimCat"])
def test_other_names_stay(name: str) -> None:
    assert not wants_random_name(name)


def test_a_name_is_two_capitalised_words() -> None:
    assert all(re.fullmatch(r"([A-Z][a-z]+){2}", random_name()) for _ in range(100))


def test_the_same_seed_gives_the_same_names() -> None:
    first, second = random.Random(7), random.Random(7)
    assert [random_name(first) for _ in range(5)] == [random_name(second) for _ in range(5)]


def test_no_word_stands_twice() -> None:
    assert len(set(MOODS)) == len(MOODS)
    assert len(set(ANIMALS)) == len(ANIMALS)
