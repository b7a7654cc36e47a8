"""addin build, install, uninstall and doctor as they are typed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from xlmeso.addin.build import addin_bytes
from xlmeso.addin.doctor import Finding, Level

from .conftest import Run

ELSEWHERE = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="Excel runs here")


def test_build_leaves_the_add_in_in_the_folder(run: Run, tmp_path: Path) -> None:
    result = run("addin", "build", "--out", str(tmp_path / "new"))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "new" / "xlmeso.xlam").read_bytes() == addin_bytes()
    assert result.stdout.startswith(f"write {tmp_path / 'new' / 'xlmeso.xlam'}")


def test_a_second_build_has_nothing_to_do(run: Run, tmp_path: Path) -> None:
    run("addin", "build", "--out", str(tmp_path))
    assert "Nothing to do." in run("addin", "build", "--out", str(tmp_path)).stderr


def test_build_tells_programs_in_json(run: Run, tmp_path: Path) -> None:
    told = json.loads(run("addin", "build", "--out", str(tmp_path), "--json").stdout)
    path = str(tmp_path / "xlmeso.xlam")
    assert told == {"dryRun": False, "actions": [{"action": "write", "path": path}]}


@ELSEWHERE
@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_system_without_excel_is_told_so(command: str, run: Run) -> None:
    result = run("addin", command)
    assert result.exit_code == 4
    assert "Windows and macOS only" in result.stderr


def test_a_dry_run_of_an_installation_on_windows(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xlmeso.addin import install

    env = {"APPDATA": str(tmp_path), "USERPROFILE": str(tmp_path)}
    windows = install.Target("win32", env, tmp_path / "python.exe")
    monkeypatch.setattr(install, "Target", lambda: windows)
    result = run("addin", "install", "--dry-run")
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 2
    assert "this was a dry run" in result.stderr
    assert "restart" not in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert "restart Excel" in run("addin", "install").stderr
    assert len(run("addin", "uninstall").stdout.splitlines()) == 2
    assert run("addin", "uninstall").stdout == ""


def test_libreoffice_is_handed_its_profile(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def take(profile: Path | None, *, dry_run: bool) -> list[object]:
        asked.append((profile, dry_run))
        return []

    monkeypatch.setattr("xlmeso.addin.libreoffice.install_libreoffice", take)
    monkeypatch.setattr("xlmeso.addin.libreoffice.uninstall_libreoffice", take)
    options = ["--libreoffice", "--office-profile", str(tmp_path), "--dry-run"]
    assert run("addin", "install", *options).exit_code == 0
    assert run("addin", "uninstall", *options).exit_code == 0
    assert asked == [(tmp_path, True)] * 2


def test_a_profile_of_libreoffice_without_libreoffice_is_wrong_usage(
    run: Run, tmp_path: Path
) -> None:
    assert run("addin", "install", "--office-profile", str(tmp_path)).exit_code == 2


KEY = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLW9mLWEtdGVzdA"


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    findings = [Finding("Python", Level.OK, "3.12")]
    monkeypatch.setattr("xlmeso.addin.doctor.examine", lambda _profile: findings)
    return findings


def test_the_doctor_is_0_when_nothing_is_broken(run: Run, found: list[Finding]) -> None:
    found.append(Finding("Excel", Level.NOTE, "not here"))
    result = run("doctor")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["ok    Python: 3.12", "note  Excel: not here"]


def test_the_doctor_is_1_with_a_fault_and_prints_its_cure(run: Run, found: list[Finding]) -> None:
    found.append(Finding("Add-in", Level.FAULT, "is not there", "Run: xlmeso addin install"))
    result = run("doctor")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:] == [
        "fault Add-in: is not there",
        "      cure: Run: xlmeso addin install",
    ]


def test_the_doctor_tells_programs_in_json(run: Run, found: list[Finding]) -> None:
    found.append(Finding("Add-in", Level.FAULT, "is not there", "Install it."))
    result = run("doctor", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {"check": "Python", "level": "ok", "text": "3.12", "cure": None},
        {"check": "Add-in", "level": "fault", "text": "is not there", "cure": "Install it."},
    ]


def test_the_doctor_never_prints_a_key(run: Run, found: list[Finding]) -> None:
    found.append(Finding("Service", Level.FAULT, f"got Bearer {KEY}", f"look at {KEY}"))
    for options in ([], ["--json"]):
        assert KEY not in run("doctor", *options).output


@ELSEWHERE
def test_the_real_doctor_finds_this_environment_in_order(run: Run) -> None:
    result = run("doctor")
    assert result.exit_code == 0, result.stdout
    assert "ok    Packages: xlmeso " in result.stdout
