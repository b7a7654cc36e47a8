"""The official client's home file: dotenv syntax, and silence when it is of no use."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlmeso.settings.home_file import home_path, parse_dotenv, read_home_file


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}


def put(env: dict[str, str], content: str | bytes) -> None:
    home_path(env).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ("A = spaced out  ", "spaced out"),
        ("export A=exported", "exported"),
        ("A='single # not a comment'", "single # not a comment"),
        ('A="double # not a comment"  # a comment', "double # not a comment"),
        (r'A="a \"quote\" and\ttab"', 'a "quote" and\ttab'),
        (r"A='a \n stays'", r"a \n stays"),
        ("A=value # a comment", "value"),
        ("A=val#ue", "val#ue"),
        ("A=a=b==", "a=b=="),
        ("A=", ""),
        ("A= # only a comment", ""),
        ('A=""', ""),
        ("A='open", "'open"),
        ("A=first\nA=second", "second"),
        ("A=windows\r\nB=2", "windows"),
    ],
)
def test_dotenv_lines(line: str, value: str) -> None:
    assert parse_dotenv(line)["A"] == value


def test_lines_that_are_no_assignment_are_passed_over() -> None:
    assert parse_dotenv("# note\n\nnonsense\n2A=1\n=3\nB=4") == {"B": "4"}


def test_the_file_gives_address_and_key(env) -> None:
    put(env, "# made by hand\nexport MESOSIM_INSTANCE='https://Portal.Example.com/'\n"
             'MESOSIM_API_KEY="key-1234"\n')  # fmt: skip
    home = read_home_file(env)
    assert home is not None
    assert home.instance == "https://portal.example.com"
    assert home.key.reveal() == "key-1234"
    assert "key-1234" not in repr(home)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "MESOSIM_API_KEY=abc",
        "MESOSIM_INSTANCE=https://portal.example.com",
        "MESOSIM_INSTANCE=https://portal.example.com\nMESOSIM_API_KEY=",
        "MESOSIM_INSTANCE=http://portal.example.com\nMESOSIM_API_KEY=abc",
        b"\xff\xfe\x00",
    ],
)
def test_a_file_that_is_incomplete_or_broken_is_as_good_as_none(env, content) -> None:
    put(env, content)
    assert read_home_file(env) is None


def test_no_file_is_no_error(env) -> None:
    assert read_home_file(env) is None
    home_path(env).mkdir()
    assert read_home_file(env) is None


def test_a_byte_order_mark_is_passed_over(env) -> None:
    put(env, b"\xef\xbb\xbfMESOSIM_INSTANCE=https://x.example\nMESOSIM_API_KEY=abc")
    assert read_home_file(env) is not None


def test_without_variables_the_users_own_home_is_meant() -> None:
    assert home_path({}) == Path.home() / ".env.mesosim"
