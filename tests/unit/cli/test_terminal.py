"""Where output goes and how it looks on a terminal, in a pipe and on an old console."""

from __future__ import annotations

import io
import sys

import pytest
from click.shell_completion import ShellComplete

from xlmeso.cli.main import cli, main
from xlmeso.cli.table import Column, Table
from xlmeso.cli.terminal import Terminal
from xlmeso.settings import Profile, update_settings

TABLE = Table((Column("Name"), Column("NAV", number=True)), [("short put", 10000)])


class Screen(io.TextIOWrapper):
    """A stream that says it is a terminal and keeps what is written."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return self.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined, no-any-return]


def on_a_screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Let stdout and stderr be one terminal.

    No fixture: pytest sets its own streams again between the set-up and the test.
    """
    made = Screen()
    monkeypatch.setattr(sys, "stdout", made)
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return made


def test_a_terminal_gets_a_drawn_table(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    Terminal().print_table(TABLE)
    assert "short put" in screen.text
    assert "\x1b[1m" in screen.text


def test_json_on_a_terminal_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    Terminal().print_json({"Name": "Zürich", "Cash": 1})
    assert screen.text == '{\n  "Name": "Zürich",\n  "Cash": 1\n}\n'


def test_progress_shows_title_and_state_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    with Terminal().progress("Backtest x") as progress:
        progress("Started", None)
        progress("Started", 0.5)
    assert "Backtest x" in screen.text
    assert "Started" in screen.text


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_no_color_leaves_the_colours_out(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    screen = on_a_screen(monkeypatch)
    if how == "variable":
        monkeypatch.setenv("NO_COLOR", "1")
    with Terminal(color=how != "flag").progress("x") as progress:
        progress("Started", 0.5)
    colours = {code for code in ("[31m", "[32m", "[91m", "[35m") if f"\x1b{code}" in screen.text}
    assert colours == set()


def test_quiet_shows_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_a_screen(monkeypatch)
    with Terminal(quiet=True).progress("x") as progress:
        progress("Started", 0.5)
    assert screen.text == ""


def test_a_pipe_gets_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal().progress("x") as progress:
        progress("Started", 0.5)
    assert capsys.readouterr() == ("", "")


def test_messages_are_not_data(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    terminal.say("a message")
    terminal.print("data")
    assert capsys.readouterr() == ("data\n", "a message\n")


def test_for_people_is_neither_json_nor_csv() -> None:
    assert [Terminal().for_people, Terminal(as_json=True).for_people] == [True, False]


def test_a_console_that_lacks_a_character_shows_another_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", write_through=True)
    monkeypatch.setattr(sys, "stdout", old)
    monkeypatch.setattr(sys, "argv", ["xlmeso", "--version"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    Terminal().print("日本 x")
    assert old.buffer.getvalue().endswith(b"?? x\n")  # type: ignore[attr-defined]


def test_programs_get_utf_8_whatever_the_console_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    old = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", write_through=True)
    monkeypatch.setattr(sys, "stdout", old)
    Terminal(as_json=True).print_json({"Name": "日本"})
    assert '"日本"'.encode() in old.buffer.getvalue()  # type: ignore[attr-defined]


def test_main_turns_a_late_ctrl_c_into_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 130


def completions(*words: str, start: str) -> list[str]:
    complete = ShellComplete(cli, {}, "xlmeso", "_XLMESO_COMPLETE")
    return [item.value for item in complete.get_completions(list(words), start)]


def test_the_shell_completes_templates_types_profiles_and_commands() -> None:
    update_settings(lambda settings: settings.with_profile(Profile("my-fund", "https://x.example")))
    assert completions("new", "--template", start="ir") == ["iron-condor"]
    assert completions("events", "--type", start="entryt") == ["EntryTrade"]
    assert completions("list", "--profile", start="my") == ["my-fund"]
    assert completions(start="ext") == ["external-data"]
