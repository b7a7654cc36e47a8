"""Run all checks, each for itself: one that breaks is a finding, not the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from xlmeso.addin.doctor.excel_checks import check_excel
from xlmeso.addin.doctor.findings import Finding, fault, one_line
from xlmeso.addin.doctor.machine import Machine
from xlmeso.addin.doctor.python_checks import (
    check_folders,
    check_packages,
    check_python,
    check_system,
    check_trust_store,
)
from xlmeso.addin.doctor.service_checks import check_service
from xlmeso.errors import XlmesoError

Check = Callable[[Machine], Iterable[Finding]]

_REPORT: Final = "Run the doctor again with --verbose and report what it prints."


def examine(profile: str | None = None, *, machine: Machine | None = None) -> list[Finding]:
    """Examine this machine.

    Parameters
    ----------
    profile
        Service to try; None for the one that is used when nothing is said.
    machine
        Another machine than this one, for tests.

    Returns
    -------
    list of Finding
        In the order of the way from Python over the service to Excel.
    """
    target = machine or Machine()

    def service(chosen: Machine) -> Iterable[Finding]:
        return check_service(chosen, profile)

    checks: tuple[tuple[str, Check], ...] = (
        ("Python", check_python),
        ("Packages", check_packages),
        ("Trust store", check_trust_store),
        ("Folders", check_folders),
        ("Service", service),
        ("Excel", check_system),
        ("Add-in", check_excel),
    )
    return [finding for name, check in checks for finding in _guarded(name, check, target)]


def _guarded(name: str, check: Check, machine: Machine) -> Iterator[Finding]:
    try:
        yield from check(machine)
    except XlmesoError as error:
        yield fault(name, one_line(error.message), one_line(error.cure or _REPORT))
    except Exception as error:  # the doctor's work goes on; the text is redacted by the face
        yield fault(name, one_line(f"{type(error).__name__}: {error}"), _REPORT)
