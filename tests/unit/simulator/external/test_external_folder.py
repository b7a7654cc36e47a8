"""Files of the operator's folder, and nothing outside of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xlmeso.simulator.external.address import ExternalDataError, FileName
from xlmeso.simulator.external.fetch import MAX_BYTES
from xlmeso.simulator.external.folder import read_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "open"
    (inside / "below").mkdir(parents=True)
    (inside / "a.csv").write_text("a", "utf-8")
    (inside / "below" / "b.csv").write_text("b", "utf-8")
    (inside / "notes.txt").write_text("n", "utf-8")
    (tmp_path / "secret.csv").write_text("s", "utf-8")
    (tmp_path / "open-too").mkdir()
    (tmp_path / "open-too" / "c.csv").write_text("c", "utf-8")
    return inside


def test_names_below_the_folder(folder: Path) -> None:
    assert read_file(FileName("a.csv"), folder) == b"a"
    assert read_file(FileName("below/b.csv"), folder) == b"b"
    assert read_file(FileName(str(folder / "a.csv")), folder) == b"a"


def test_a_link_is_followed_inside_only(folder: Path) -> None:
    (folder / "in.csv").symlink_to(folder / "below" / "b.csv")
    (folder / "out.csv").symlink_to(folder.parent / "secret.csv")
    (folder / "away").symlink_to(folder.parent, target_is_directory=True)
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    assert read_file(FileName("in.csv"), folder) == b"b"
    for name in ("out.csv", "away/secret.csv", "loop.csv"):
        with pytest.raises(ExternalDataError, match="has no file"):
            read_file(FileName(name), folder)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.csv",
        "below/../../secret.csv",
        "..\\secret.csv",
        "../open-too/c.csv",
        "/etc/passwd",
        "missing.csv",
        "notes.txt",
        "below",
        "below.csv",
        "a.csv\x00",
        "a*.csv",
        "",
    ],
)
def test_everything_else_is_answered_alike(folder: Path, name: str) -> None:
    with pytest.raises(ExternalDataError, match="has no file"):
        read_file(FileName(name), folder)


def test_an_absolute_name_elsewhere_tells_nothing(folder: Path) -> None:
    there = FileName(str(folder.parent / "secret.csv"))
    missing = FileName(str(folder.parent / "absent.csv"))
    with pytest.raises(ExternalDataError) as first:
        read_file(there, folder)
    with pytest.raises(ExternalDataError) as second:
        read_file(missing, folder)
    assert str(first.value).replace("secret", "absent") == str(second.value)


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    with pytest.raises(ExternalDataError, match="has no file"):
        read_file(FileName("pipe.csv"), folder)


def test_two_megabytes_are_the_limit(folder: Path) -> None:
    (folder / "full.csv").write_bytes(bytes(MAX_BYTES))
    (folder / "more.csv").write_bytes(bytes(MAX_BYTES + 1))
    assert len(read_file(FileName("full.csv"), folder)) == 2 * 1024 * 1024
    with pytest.raises(ExternalDataError, match="more than 2,097,152 bytes"):
        read_file(FileName("more.csv"), folder)


def test_without_a_folder_no_file_is_read(folder: Path) -> None:
    with pytest.raises(ExternalDataError, match=r"--external-data FOLDER"):
        read_file(FileName(str(folder / "a.csv")), None)
