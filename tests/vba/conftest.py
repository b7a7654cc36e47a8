"""The add-in as it is built here, and the folder of its sources."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from xlmeso.addin.build import addin_bytes

with warnings.catch_warnings():
    # oletools calls pyparsing by names that pyparsing is about to drop.
    warnings.simplefilter("ignore", DeprecationWarning)
    import oletools.olevba  # noqa: F401

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def vba_folder() -> Path:
    return ROOT / "vba"


@pytest.fixture(scope="session")
def addin_content() -> bytes:
    return addin_bytes()


@pytest.fixture(scope="session")
def addin_file(addin_content: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("addin") / "xlmeso.xlam"
    path.write_bytes(addin_content)
    return path
