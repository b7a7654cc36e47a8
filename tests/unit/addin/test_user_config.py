"""The settings file as VBA's Write and Input would have it."""

from __future__ import annotations

from pathlib import Path

from xlmeso.addin.user_config import config_bytes, read_config, without_ours


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    settings = {"INTERPRETER_WIN": "C:\\Caf\u00e9\\python.exe", "SHOW CONSOLE": "False"}
    path = tmp_path / "xlmeso.conf"
    path.write_bytes(config_bytes(settings, "win32"))
    assert path.read_bytes().splitlines()[0] == b'"INTERPRETER_WIN","C:\\Caf\xe9\\python.exe"'
    assert read_config(path, "win32") == settings


def test_macos_has_an_encoding_of_its_own() -> None:
    assert config_bytes({"A": "\u00e9"}, "darwin") == b'"A","\x8e"\r\n'


def test_lines_that_are_no_settings_are_passed_over_and_names_are_in_capitals(
    tmp_path: Path,
) -> None:
    path = tmp_path / "xlmeso.conf"
    path.write_bytes(b'rubbish\r\n"Show Console","True"\r\n\r\n"half\r\n')
    assert read_config(path, "win32") == {"SHOW CONSOLE": "True"}


def test_no_file_means_no_settings(tmp_path: Path) -> None:
    assert read_config(tmp_path / "absent.conf", "win32") == {}


def test_settings_of_others_are_told_apart() -> None:
    assert without_ours({"PYTHONPATH": "a", "INTERPRETER_MAC": "b", "X": "c"}) == {"X": "c"}
