from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xlmeso.wire.paging import read_pages


def identity(item: int) -> int:
    return item


@given(total=st.integers(0, 40), size=st.integers(1, 10))
def test_every_item_comes_once_and_the_last_page_is_the_first_short_one(
    total: int, size: int
) -> None:
    asked: list[int] = []

    def fetch(page: int) -> list[int]:
        asked.append(page)
        return list(range(total))[page * size : (page + 1) * size]

    assert list(read_pages(fetch, size, identity)) == list(range(total))
    assert asked == list(range(total // size + 1))


def test_pages_are_fetched_only_when_they_are_needed() -> None:
    asked: list[int] = []

    def fetch(page: int) -> list[int]:
        asked.append(page)
        return [page * 2, page * 2 + 1]

    pages = read_pages(fetch, 2, identity)
    assert [next(pages), next(pages)] == [0, 1]
    assert asked == [0]


def test_an_item_pushed_to_the_next_page_by_a_new_run_comes_once() -> None:
    pages = [[5, 4, 3], [3, 2, 1], [0]]
    assert list(read_pages(pages.__getitem__, 3, identity)) == [5, 4, 3, 2, 1, 0]


def test_a_server_that_ignores_the_page_number_does_not_loop() -> None:
    assert list(read_pages(lambda _: [1, 2, 3], 3, identity)) == [1, 2, 3]


def test_an_item_twice_on_one_page_comes_once() -> None:
    assert list(read_pages(lambda _: [1, 1], 3, identity)) == [1]
