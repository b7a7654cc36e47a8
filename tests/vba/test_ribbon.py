"""The MesoSim tab: ids, callbacks with the right signature, and a macro behind every button."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

NAMESPACE = "{http://schemas.microsoft.com/office/2006/01/customui}"
VBA = Path(__file__).parents[2] / "vba"
RIBBON = ElementTree.fromstring((VBA / "customUI.xml").read_text(encoding="utf-8"))
CALLBACKS = (VBA / "XlmesoRibbon.bas").read_text(encoding="utf-8")
MACROS = importlib.import_module("xlmeso.excel.macros")

BUTTONS = list(RIBBON.iter(f"{NAMESPACE}button"))


def subs() -> dict[str, str]:
    """Return callback -> macro from the one-line callbacks of the module."""
    pattern = (
        r"^Public Sub (\w+)\(ByVal control As IRibbonControl\)\n"
        r'    XlmesoRun "(\w+)"\nEnd Sub$'
    )
    return dict(re.findall(pattern, CALLBACKS, re.MULTILINE))


def test_ids_are_unique() -> None:
    ids = [item.get("id") for item in RIBBON.iter() if item.get("id")]
    assert len(ids) == len(set(ids))


def test_the_groups_stand_in_the_order_of_a_person_s_work() -> None:
    groups = [group.get("label") for group in RIBBON.iter(f"{NAMESPACE}group")]
    assert groups == ["Account", "Strategy", "Run", "Results", "Manage", "Report", "Help"]


@pytest.mark.parametrize("button", BUTTONS, ids=lambda button: str(button.get("id")))
def test_a_button_has_a_callback_an_image_and_a_text(button: ElementTree.Element) -> None:
    assert button.get("onAction") in subs()
    assert re.fullmatch(r"[A-Z][A-Za-z]+", str(button.get("imageMso")))
    assert 10 < len(str(button.get("supertip"))) < 1024


def test_no_other_attribute_names_a_callback() -> None:
    names = {name for item in RIBBON.iter() for name in item.keys()}  # noqa: SIM118
    assert not {name for name in names if name.startswith(("get", "on"))} - {"onAction"}


def test_every_sub_of_the_module_is_a_one_line_callback_of_a_button() -> None:
    assert len(re.findall(r"\bSub \w+\(", CALLBACKS)) == len(subs())
    assert set(subs()) == {button.get("onAction") for button in BUTTONS}


@pytest.mark.parametrize(("callback", "macro"), subs().items())
def test_a_callback_runs_a_macro_that_exists_and_needs_no_argument(
    callback: str, macro: str
) -> None:
    assert callback == "Meso" + macro.title().replace("_", "")
    function = getattr(MACROS, macro)
    assert not [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]


def test_every_macro_has_a_button() -> None:
    assert set(MACROS.__all__) == set(subs().values())
