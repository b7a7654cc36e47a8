"""The doctor on machines made up for it: every fault is found and has one line of cure."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jwt
import pytest
import responses

from xlmeso.addin.doctor import Finding, Level, examine
from xlmeso.addin.doctor.machine import Machine, program_bits
from xlmeso.addin.doctor.python_checks import _numbers, check_packages
from xlmeso.addin.install import Target, install

URL = "https://service.example"
SECRET = "not-a-secret-but-long-enough-for-a-test-key"


def key(days: float) -> str:
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    return jwt.encode({"sub": "ann", "exp": end}, SECRET, algorithm="HS256")


@pytest.fixture
def windows(tmp_path: Path) -> Machine:
    """A Windows machine on which all is well."""
    scripts = tmp_path / "venv" / "Scripts"
    scripts.mkdir(parents=True)
    interpreter = scripts / "python.exe"
    interpreter.write_bytes(program(0x8664))
    (tmp_path / "venv" / "xlwings64-0.37.8.dll").write_bytes(b"")
    excel = tmp_path / "EXCEL.EXE"
    excel.write_bytes(program(0x8664))
    env = {
        "APPDATA": str(tmp_path / "Roaming"),
        "USERPROFILE": str(tmp_path),
        "XLMESO_HOME": str(tmp_path / "home"),
    }
    machine = Machine(Target("win32", env, interpreter), bits=64, find_excel=lambda _: excel)
    install(machine.target, dry_run=False)
    return machine


def program(kind: int) -> bytes:
    """Return the head of a Windows program for a processor."""
    return (
        b"MZ".ljust(0x3C, b"\0")
        + struct.pack("<I", 0x80)
        + bytes(64)
        + b"PE\0\0"
        + struct.pack("<H", kind)
    )


def of(findings: list[Finding], check: str) -> list[Finding]:
    return [item for item in findings if item.check == check]


def faults(findings: list[Finding]) -> set[str]:
    return {item.check for item in findings if item.level is Level.FAULT}


def without_pywin32(findings: list[Finding]) -> set[str]:
    """Leave the package out that only Windows has."""
    return faults(findings) - {"Packages"}


def test_a_machine_in_order_has_no_fault(windows: Machine) -> None:
    findings = examine(machine=windows)
    assert without_pywin32(findings) == set()
    (excel,) = of(findings, "Excel")
    assert excel.text.endswith("EXCEL.EXE, 64 bit")


def test_every_fault_has_one_line_of_cure(windows: Machine) -> None:
    windows.target.places.addin.unlink()
    windows.target.places.config.unlink()
    broken = replace(windows, version=(3, 10, 1))
    findings = examine(machine=broken)
    assert faults(findings) >= {"Python", "Add-in", "Interpreter"}
    for item in findings:
        if item.level is Level.FAULT:
            assert item.cure
            assert "\n" not in item.cure + item.text


def test_the_store_s_python_is_a_fault(windows: Machine) -> None:
    store = Path("C:/Program Files/WindowsApps/Python/python.exe".replace("C:/", "/"))
    machine = replace(windows, target=replace(windows.target, interpreter=store))
    (finding,) = of(examine(machine=machine), "Python")
    assert finding.level is Level.FAULT
    assert "Microsoft Store" in finding.text


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"no zip", "of version unknown"), (None, "is not there")],
)
def test_an_add_in_that_is_not_ours_is_a_fault(
    windows: Machine, content: bytes | None, text: str
) -> None:
    addin = windows.target.places.addin
    addin.write_bytes(content) if content is not None else addin.unlink()
    (finding,) = of(examine(machine=windows), "Add-in")
    assert finding.level is Level.FAULT
    assert text in finding.text
    assert "xlmeso addin install" in str(finding.cure)


def test_an_add_in_of_this_version_with_other_content_is_a_fault(windows: Machine) -> None:
    addin = windows.target.places.addin
    addin.write_bytes(addin.read_bytes() + b"\0")
    (finding,) = of(examine(machine=windows), "Add-in")
    assert finding.level is Level.FAULT


def test_an_add_in_of_another_version_says_both(
    windows: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlmeso.addin.doctor.excel_checks.__version__", "9.9.9")
    (finding,) = of(examine(machine=windows), "Add-in")
    assert "of version 0.1.0, xlmeso of 9.9.9" in finding.text


def test_an_interpreter_that_has_gone_is_a_fault(windows: Machine) -> None:
    windows.target.interpreter.unlink()
    (finding,) = of(examine(machine=windows), "Interpreter")
    assert finding.level is Level.FAULT
    assert "which is not there" in finding.text


def test_another_interpreter_is_worth_a_note(windows: Machine, tmp_path: Path) -> None:
    other = replace(windows.target, interpreter=tmp_path / "other" / "python.exe")
    (finding,) = of(examine(machine=replace(windows, target=other)), "Interpreter")
    assert finding.level is Level.NOTE


def test_the_library_must_have_as_many_bits_as_excel(windows: Machine, tmp_path: Path) -> None:
    (tmp_path / "EXCEL.EXE").write_bytes(program(0x14C))
    (finding,) = of(examine(machine=windows), "Library")
    assert finding.level is Level.FAULT
    assert finding.text.startswith("xlwings32-0.37.8.dll is neither in ")
    assert "--force-reinstall" in str(finding.cure)


@pytest.mark.parametrize(
    ("content", "bits"),
    [(program(0x14C), 32), (program(0x8664), 64), (program(0xAA64), 64), (b"MZ", None)],
)
def test_the_bits_of_a_program_are_read_from_its_head(
    content: bytes, bits: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "program.exe"
    path.write_bytes(content)
    assert program_bits(path) == bits


def test_macos_looks_for_the_script(tmp_path: Path) -> None:
    target = Target("darwin", {"HOME": str(tmp_path), "XLMESO_HOME": str(tmp_path)}, tmp_path)
    mac = Machine(target, find_excel=lambda _: None)
    assert faults(examine(machine=mac)) == {"Add-in", "Interpreter", "Script"}
    install(target, dry_run=False)
    assert of(examine(machine=mac), "Script")[0].level is Level.OK


def test_linux_has_no_fault_for_having_no_excel(tmp_path: Path) -> None:
    machine = Machine(Target("linux", {"XLMESO_HOME": str(tmp_path)}))
    findings = examine(machine=machine)
    assert faults(findings) == set()
    assert of(findings, "Excel")[0].level is Level.NOTE
    assert of(findings, "Service")[0].text.startswith("the local service")


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("3.0", (3,)), ("0.37.8", (0, 37, 8)), ("2.4.0rc1", (2, 4)), ("1.10", (1, 10))],
)
def test_versions_are_compared_by_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert _numbers(version) == numbers


def test_a_missing_and_an_old_package_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted = ["click>=99", "no-such-package>=1", "pytest>=1; extra == 'test'", "rich>=1"]
    monkeypatch.setattr("importlib.metadata.requires", lambda _name: wanted)
    (finding,) = check_packages(Machine(Target("linux", {})))
    assert finding.level is Level.FAULT
    assert "does not fit click>=99; no-such-package is missing" in finding.text


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], Machine]:
    """A machine that uses a service elsewhere, with a key in the environment."""

    def make(text: str | None) -> Machine:
        env = {"XLMESO_HOME": str(tmp_path), "XLMESO_URL": URL, "HOME": str(tmp_path)}
        if text is not None:
            env["XLMESO_API_KEY"] = text
        return Machine(Target("linux", env))

    return make


def replies(status: int) -> responses.RequestsMock:
    mock = responses.RequestsMock()
    body = [] if status == 200 else {"title": "No", "status": status}
    mock.add(responses.GET, f"{URL}/api/v1/backtests", json=body, status=status)
    return mock


def test_a_service_that_accepts_the_key_is_in_order(
    cloud: Callable[[str | None], Machine],
) -> None:
    with replies(200):
        findings = examine(machine=cloud(key(60)))
    assert faults(findings) == set()
    assert of(findings, "Service")[0].text == "service.example answers and accepts the key"
    assert "environment variable XLMESO_API_KEY, good until" in of(findings, "Key")[0].text


def test_a_service_that_refuses_the_key_says_how_to_sign_in(
    cloud: Callable[[str | None], Machine],
) -> None:
    with replies(401):
        findings = examine(machine=cloud(key(60)))
    (finding,) = of(findings, "Service")
    assert finding.level is Level.FAULT


@pytest.mark.parametrize(("days", "level"), [(-1, Level.FAULT), (2, Level.NOTE), (8, Level.OK)])
def test_a_key_is_told_by_its_expiry(
    days: float, level: Level, cloud: Callable[[str | None], Machine]
) -> None:
    with replies(200):
        findings = examine(machine=cloud(key(days)))
    assert of(findings, "Key")[0].level is level


def test_a_missing_key_is_told_without_asking_the_service(
    cloud: Callable[[str | None], Machine],
) -> None:
    findings = examine(machine=cloud(None))
    (finding,) = of(findings, "Key")
    assert finding.level is Level.FAULT
    assert "xlmeso login" in str(finding.cure)
    assert of(findings, "Service") == []


def test_no_finding_shows_the_key(cloud: Callable[[str | None], Machine]) -> None:
    text = key(60)
    with replies(401):
        findings = examine(machine=cloud(text))
    assert text not in "".join(f"{item.text} {item.cure}" for item in findings)


def test_an_unknown_profile_is_a_fault_and_the_other_checks_go_on(tmp_path: Path) -> None:
    machine = Machine(Target("linux", {"XLMESO_HOME": str(tmp_path)}))
    findings = examine("nobody", machine=machine)
    assert faults(findings) == {"Service"}
    assert of(findings, "Excel")


def test_a_profile_without_an_address_says_how_to_give_it_one(tmp_path: Path) -> None:
    machine = Machine(Target("linux", {"XLMESO_HOME": str(tmp_path)}))
    (finding,) = of(examine("cloud", machine=machine), "Service")
    assert "xlmeso login --profile cloud --url" in str(finding.cure)


def test_a_check_that_breaks_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_env: object) -> Path:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("xlmeso.settings.cache_dir", broken)
    machine = Machine(Target("linux", {"XLMESO_HOME": str(tmp_path)}))
    (finding,) = of(examine(machine=machine), "Folders")
    assert finding.text == "RuntimeError: two lines"
    assert finding.level is Level.FAULT


def test_a_folder_that_cannot_be_written_to_is_a_fault(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    machine = Machine(Target("linux", {"XLMESO_HOME": str(blocked)}))
    (finding,) = of(examine(machine=machine), "Folders")
    assert finding.level is Level.FAULT
    assert "XLMESO_HOME" in str(finding.cure)
