"""Options of ``xlmeso serve`` that are refused before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from xlmeso.cli.main import cli


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--executor", "threads"], 4, "'threads' is no executor"),
        (["--executor", "dask://nowhere"], 4, "dask://HOST:PORT of a Dask scheduler"),
        (["--external-data", "missing"], 2, "does not exist"),
        (["--chains", "missing"], 2, "does not exist"),
        (["--chains", "."], 4, "the folder has no chains"),
        (["--chains", ".", "--history", "synthetic"], 2, "give one of them"),
    ],
)
def test_what_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["serve", "--port", "0", "--data", "data", *options])
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert not (tmp_path / "data").exists()
