"""Into a LibreOffice profile and out again: idempotent, dry, careful with the person's macros."""

from __future__ import annotations

import sys
import types
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from xlmeso.addin.actions import Verb
from xlmeso.addin.libreoffice import install_libreoffice, uninstall_libreoffice
from xlmeso.addin.libreoffice.basic import basic_source
from xlmeso.addin.libreoffice.library import with_module
from xlmeso.addin.libreoffice.profile import default_profile
from xlmeso.errors import ConfigurationError

LIBRARY = "{http://openoffice.org/2000/library}"
SCRIPT = "{http://openoffice.org/2000/script}"

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
DOCTYPE = (
    '<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" '
    '"library.dtd">'
)
ATTRIBUTES = (
    'xmlns:library="http://openoffice.org/2000/library" library:name="Standard" '
    'library:readonly="false" library:passwordprotected="false"'
)
OWN_LIST = (
    f"{HEAD}{DOCTYPE}\n<library:library {ATTRIBUTES}>\n"
    ' <library:element library:name="Module1"/>\n</library:library>\n'
)
EMPTY_LIST = f"{HEAD}{DOCTYPE}\n<library:library {ATTRIBUTES}/>\n"


def two_functions() -> types.ModuleType:
    def double(number: Any) -> Any:
        return number

    def table(rows: Any, name: Any = None) -> Any:
        return rows, name

    module = types.ModuleType("tiny_declarations")
    module.MESO_DOUBLE, module.MESO_TABLE, module.helper = double, table, double  # type: ignore[attr-defined]
    return module


@pytest.fixture
def declarations(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(sys.modules, "tiny_declarations", two_functions())
    return "tiny_declarations"


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """Return a profile as LibreOffice leaves it after its first start, with a macro in it."""
    library = tmp_path / "profile" / "user" / "basic" / "Standard"
    library.mkdir(parents=True)
    (library / "script.xlb").write_text(OWN_LIST, encoding="utf-8", newline="")
    (library / "Module1.xba").write_text("mine", encoding="utf-8")
    (tmp_path / "profile" / "user" / "registrymodifications.xcu").touch()
    return tmp_path / "profile"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def modules(listing: bytes | str) -> list[str | None]:
    return [one.get(f"{LIBRARY}name") for one in ET.fromstring(listing).iter(f"{LIBRARY}element")]


def test_the_functions_and_the_way_to_python_arrive(profile: Path, declarations: str) -> None:
    interpreter = Path("/somewhere else/python")
    install_libreoffice(profile, module=declarations, interpreter=interpreter)
    files = contents(profile / "user")
    assert modules(files["basic/Standard/script.xlb"]) == ["Module1", "XlmesoFunctions"]
    module = ET.fromstring(files["basic/Standard/XlmesoFunctions.xba"])
    assert module.get(f"{SCRIPT}name") == "XlmesoFunctions"
    assert "Function MESO_TABLE(Optional p_rows, Optional p_name)" in str(module.text)
    script = files["Scripts/python/xlmeso_calc.py"].decode("utf-8")
    names: dict[str, Any] = {"__name__": "installed"}
    exec(compile(script, "xlmeso_calc.py", "exec"), names)
    assert names["INTERPRETER"] == str(interpreter)
    assert names["DECLARATIONS"] == declarations
    assert [one.__name__ for one in names["g_exportedScripts"]] == ["call"]


def test_a_second_installation_keeps_everything(profile: Path, declarations: str) -> None:
    install_libreoffice(profile, module=declarations)
    before = contents(profile)
    again = install_libreoffice(profile / "user", module=declarations)
    assert {action.verb for action in again} == {Verb.KEEP}
    assert contents(profile) == before


def test_a_dry_run_tells_and_touches_nothing(profile: Path, declarations: str) -> None:
    before = contents(profile)
    told = install_libreoffice(profile, module=declarations, dry_run=True)
    assert contents(profile) == before
    done = install_libreoffice(profile, module=declarations)
    assert told == done
    installed = contents(profile)
    assert uninstall_libreoffice(profile, dry_run=True)
    assert contents(profile) == installed


def test_removal_restores_the_persons_own_list(profile: Path, declarations: str) -> None:
    before = contents(profile)
    install_libreoffice(profile, module=declarations)
    removed = uninstall_libreoffice(profile)
    assert [action.verb for action in removed] == [Verb.REPLACE, Verb.REMOVE, Verb.REMOVE]
    after = contents(profile)
    assert before.items() <= after.items()
    assert set(after) - set(before) == {  # what LibreOffice itself would make, without us in it
        "user/basic/script.xlc",
        "user/basic/dialog.xlc",
        "user/basic/Standard/dialog.xlb",
    }
    assert uninstall_libreoffice(profile) == []


def test_a_profile_that_was_never_used_is_refused(tmp_path: Path, declarations: str) -> None:
    with pytest.raises(ConfigurationError, match="no profile here yet") as caught:
        install_libreoffice(tmp_path, module=declarations)
    assert "start it once" in str(caught.value.cure)
    assert contents(tmp_path) == {}


def test_an_empty_list_of_modules_is_opened() -> None:
    assert modules(with_module(EMPTY_LIST, "Ours", Path("script.xlb"))) == ["Ours"]


def test_an_unreadable_list_is_left_alone(profile: Path, declarations: str) -> None:
    listing = profile / "user" / "basic" / "Standard" / "script.xlb"
    listing.write_text("<encrypted>", encoding="utf-8")
    before = contents(profile)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        install_libreoffice(profile, module=declarations)
    assert contents(profile) == before


def test_an_argument_never_meets_a_word_of_basic() -> None:
    def function(date: Any, input: Any = None) -> Any:
        return date, input

    source = basic_source({"MESO_X": function})
    assert "Function MESO_X(Optional p_date, Optional p_input) As Variant" in source


@pytest.mark.parametrize(
    ("platform", "env", "expected"),
    [
        ("linux", {}, "home/.config/libreoffice/4"),
        ("linux", {"XDG_CONFIG_HOME": "elsewhere"}, "elsewhere/libreoffice/4"),
        ("darwin", {}, "home/Library/Application Support/LibreOffice/4"),
        ("win32", {"APPDATA": "roaming"}, "roaming/LibreOffice/4"),
    ],
)
def test_where_profiles_are(platform: str, env: dict[str, str], expected: str) -> None:
    assert default_profile(platform, env, Path("home")) == Path(expected)
