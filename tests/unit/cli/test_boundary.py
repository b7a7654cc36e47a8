"""The error boundary, the shared options and the exit codes."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner, Result

from xlmeso.cli.command import Command, Group, csv_option, pass_terminal, shared_options
from xlmeso.cli.exit_codes import MEANINGS
from xlmeso.cli.main import cli
from xlmeso.cli.terminal import Terminal
from xlmeso.errors import NotFoundError, RateLimitError, XlmesoError
from xlmeso.wire.redaction import register

SECRET = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


def invoke(error: BaseException | None, *arguments: str) -> Result:
    """Run a one-command group whose command raises ``error`` or prints its options."""

    @click.group(cls=Group, params=[*shared_options(), csv_option()])
    def group() -> None:
        pass

    @group.command(cls=Command, tables=True)
    @pass_terminal
    def go(terminal: Terminal) -> None:
        if error is not None:
            raise error
        click.echo(
            f"{terminal.profile} {terminal.as_json} {terminal.as_csv} {terminal.quiet} "
            f"{terminal.verbose} {terminal.color}"
        )

    return CliRunner().invoke(group, arguments)


def subclasses(kind: type[XlmesoError]) -> set[type[XlmesoError]]:
    found = set(kind.__subclasses__())
    return found.union(*(subclasses(item) for item in found)) if found else found


def test_every_error_class_of_ours_has_a_documented_exit_code() -> None:
    kinds = subclasses(XlmesoError)
    assert len(kinds) > 20
    assert {kind.__name__: kind.exit_code for kind in kinds if kind.exit_code not in MEANINGS} == {}


def test_the_help_shows_every_exit_code() -> None:
    text = CliRunner().invoke(cli, ["--help"]).stdout
    for code, meaning in MEANINGS.items():
        assert f"{code}  {meaning}" in text


def test_an_error_of_ours_is_one_text_on_stderr_with_its_exit_code() -> None:
    error = NotFoundError("no such backtest.", status=404, where="abc", cure="Look at the list.")
    result = invoke(error, "go")
    assert result.exit_code == 6
    assert result.stdout == ""
    assert result.stderr == "Error: abc: no such backtest. Look at the list.\n"


def test_the_class_decides_about_the_exit_code() -> None:
    assert invoke(RateLimitError("too many"), "go").exit_code == 8


def test_an_unexpected_error_is_short_and_says_how_to_see_more() -> None:
    result = invoke(ZeroDivisionError("division by zero"), "go")
    assert result.exit_code == 1
    assert "ZeroDivisionError: division by zero" in result.stderr
    assert "--verbose" in result.stderr
    assert "Traceback" not in result.stderr


def test_verbose_shows_the_traceback() -> None:
    result = invoke(ZeroDivisionError("division by zero"), "go", "--verbose")
    assert "Traceback" in result.stderr


def test_secrets_are_redacted_in_errors_and_tracebacks() -> None:
    register("plain-secret-4711")
    error = ValueError(f"bad header: Bearer {SECRET} or plain-secret-4711")
    for arguments in (["go"], ["go", "-v"]):
        result = invoke(error, *arguments)
        assert SECRET not in result.stderr
        assert "plain-secret-4711" not in result.stderr
        assert "***" in result.stderr


def test_a_file_error_of_the_system_is_told_in_words() -> None:
    error = FileNotFoundError(2, "No such file or directory", "x.json")
    result = invoke(error, "go")
    assert result.exit_code == 12
    assert "x.json" in result.stderr


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KeyboardInterrupt(), "Interrupted.\n"),
        (KeyboardInterrupt("Go on with: x"), "Interrupted. Go on with: x\n"),
        (click.Abort(), "Interrupted.\n"),
    ],
)
def test_ctrl_c_is_130_and_says_how_to_go_on(error: BaseException, text: str) -> None:
    result = invoke(error, "go")
    assert result.exit_code == 130
    assert result.stderr.strip() == text.strip()


def test_a_closed_pipe_ends_quietly() -> None:
    result = invoke(BrokenPipeError(32, "Broken pipe"), "go")
    assert (result.exit_code, result.stderr) == (141, "")


@pytest.mark.parametrize("arguments", [["--json", "go"], ["go", "--json"]])
def test_shared_options_stand_before_or_after_the_command(arguments: list[str]) -> None:
    assert invoke(None, *arguments).stdout == "None True False False False True\n"


def test_shared_options_reach_the_command() -> None:
    result = invoke(None, "--profile", "fund", "go", "--csv", "-q", "-v", "--no-color")
    assert result.stdout == "fund False True True True False\n"


def test_the_option_after_the_command_wins() -> None:
    assert invoke(None, "--profile", "a", "go", "--profile", "b").stdout.startswith("b ")


@pytest.mark.parametrize("arguments", [["go", "--json", "--csv"], ["--json", "go", "--csv"]])
def test_json_and_csv_exclude_each_other(arguments: list[str]) -> None:
    result = invoke(None, *arguments)
    assert result.exit_code == 2
    assert "exclude" in result.stderr


def test_a_wrong_option_is_2() -> None:
    assert CliRunner().invoke(cli, ["list", "--nonsense"]).exit_code == 2


def test_every_command_explains_itself_and_its_options() -> None:
    for name, command in cli.commands.items():
        assert command.help, name
        assert len(command.get_short_help_str(200)) < 60, name
        options = [item for item in command.params if isinstance(item, click.Option)]
        assert [item.name for item in options if not item.help] == []
