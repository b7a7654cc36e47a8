"""Installing: the right places, nothing twice, nothing in a dry run, and all of it gone again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from xlmeso.addin.actions import Verb
from xlmeso.addin.build import addin_bytes
from xlmeso.addin.install import Target, install, uninstall
from xlmeso.errors import ConfigurationError

Make = Callable[[str], Target]


@pytest.fixture
def target(tmp_path: Path) -> Make:
    def make(platform: str) -> Target:
        env = {
            "win32": {"APPDATA": str(tmp_path / "Roaming"), "USERPROFILE": str(tmp_path)},
            "darwin": {"HOME": str(tmp_path)},
        }
        interpreter = tmp_path / "venv" / "Scripts" / "python.exe"
        return Target(platform, env.get(platform, {}), interpreter)

    return make


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_windows_gets_the_add_in_into_xlstart_and_the_interpreter_into_the_user_s_settings(
    target: Make, tmp_path: Path
) -> None:
    install(target("win32"), dry_run=False)
    interpreter = tmp_path / "venv" / "Scripts" / "python.exe"
    assert files(tmp_path) == {
        "Roaming/Microsoft/Excel/XLSTART/xlmeso.xlam": addin_bytes(),
        ".xlmeso/xlmeso.conf": (
            f'"INTERPRETER_WIN","{interpreter}"\r\n"PYTHONPATH","{tmp_path / ".xlmeso"}"\r\n'
        ).encode(),
    }


def test_macos_gets_the_script_that_starts_python_as_well(target: Make, tmp_path: Path) -> None:
    install(target("darwin"), dry_run=False)
    found = files(tmp_path / "Library")
    startup = "Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"
    assert set(found) == {
        f"{startup}/xlmeso.xlam",
        "Containers/com.microsoft.Excel/Data/xlmeso.conf",
        "Application Scripts/com.microsoft.Excel/xlwings-0.37.8.applescript",
    }
    config = found["Containers/com.microsoft.Excel/Data/xlmeso.conf"].decode()
    assert config.startswith('"INTERPRETER_MAC","')
    script = found["Application Scripts/com.microsoft.Excel/xlwings-0.37.8.applescript"]
    assert b"on VbaHandler(ParameterString)" in script


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_a_dry_run_tells_the_same_and_writes_nothing(
    platform: str, target: Make, tmp_path: Path
) -> None:
    told = install(target(platform), dry_run=True)
    assert files(tmp_path) == {}
    assert install(target(platform), dry_run=False) == told
    assert {action.verb for action in told} == {Verb.WRITE}


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_a_second_time_changes_nothing(platform: str, target: Make, tmp_path: Path) -> None:
    install(target(platform), dry_run=False)
    before = files(tmp_path)
    again = install(target(platform), dry_run=False)
    assert {action.verb for action in again} == {Verb.KEEP}
    assert not any(action.changes for action in again)
    assert files(tmp_path) == before


def test_an_older_add_in_is_replaced(target: Make, tmp_path: Path) -> None:
    install(target("win32"), dry_run=False)
    addin = target("win32").places.addin
    addin.write_bytes(b"an older one")
    told = install(target("win32"), dry_run=False)
    assert [action.path for action in told if action.verb is Verb.REPLACE] == [addin]
    assert addin.read_bytes() == addin_bytes()


def test_settings_of_the_user_s_own_stay(target: Make, tmp_path: Path) -> None:
    config = target("win32").places.config
    config.parent.mkdir()
    config.write_bytes(b'"SHOW CONSOLE","True"\r\n"INTERPRETER_WIN","C:\\old\\python.exe"\r\n')
    install(target("win32"), dry_run=False)
    lines = config.read_text(encoding="cp1252").splitlines()
    assert '"SHOW CONSOLE","True"' in lines
    assert not any("old" in line for line in lines)
    uninstall(target("win32"), dry_run=False)
    assert config.read_bytes() == b'"SHOW CONSOLE","True"\r\n'


def test_uninstalling_takes_everything_of_ours_away_and_is_content_with_nothing(
    target: Make, tmp_path: Path
) -> None:
    install(target("win32"), dry_run=False)
    before = files(tmp_path)
    told = uninstall(target("win32"), dry_run=True)
    assert files(tmp_path) == before
    assert uninstall(target("win32"), dry_run=False) == told
    assert files(tmp_path) == {}
    assert uninstall(target("win32"), dry_run=False) == []


def test_the_script_of_xlwings_stays_for_other_add_ins(target: Make, tmp_path: Path) -> None:
    install(target("darwin"), dry_run=False)
    uninstall(target("darwin"), dry_run=False)
    assert [Path(name).suffix for name in files(tmp_path)] == [".applescript"]


def test_a_path_that_vba_cannot_read_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    env = {"APPDATA": str(tmp_path), "USERPROFILE": str(tmp_path)}
    strange = Target("win32", env, Path("C:/\u4e2d/python.exe"))
    with pytest.raises(ConfigurationError, match="plain letters"):
        install(strange, dry_run=False)
    assert files(tmp_path) == {}


def test_a_file_that_excel_holds_open_is_told_with_the_cure(
    target: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(_self: Path, _target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(ConfigurationError, match="Close Excel"):
        install(target("win32"), dry_run=False)


def test_other_systems_are_told_what_they_can_do(target: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"Windows and macOS only.*--libreoffice"):
        install(target("linux"), dry_run=False)


def test_a_windows_without_the_user_s_folders_is_told_which_variable(tmp_path: Path) -> None:
    bare = Target("win32", {}, tmp_path)
    with pytest.raises(ConfigurationError, match="APPDATA"):
        install(bare, dry_run=False)
