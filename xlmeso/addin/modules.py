"""VBA modules as text: reads exported ``.bas`` and ``.cls`` files into what a project stores."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from xlmeso.errors import ConfigurationError

CODE_PAGE: Final = "cp1252"
"""What the project says its text is in; VBA source knows no Unicode."""

LONGEST_LINE: Final = 1023
"""Characters that the VBA editor takes in one line."""

CLASS_BASE: Final = "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}"
"""Base of a class module."""

_NAME = re.compile(r'^Attribute VB_Name = "(\w+)"$', re.MULTILINE)
_BASE = re.compile(r'^Attribute VB_Base = "0\{(\S+)\}"$', re.MULTILINE)
_EXPOSED = re.compile(r"^Attribute VB_Exposed = \w+$", re.MULTILINE)
_DOCUMENT_BASES: Final = frozenset(
    {
        "00020819-0000-0000-C000-000000000046",  # workbook
        "00020820-0000-0000-C000-000000000046",  # worksheet
    }
)


class ModuleKind(enum.Enum):
    """What the project file calls a module."""

    STANDARD = "Module"
    CLASS = "Class"
    DOCUMENT = "Document"


@dataclass(frozen=True, slots=True)
class VbaModule:
    """A module as the project stores it: lines end in CRLF, attributes stand first."""

    name: str
    kind: ModuleKind
    text: str

    @property
    def source(self) -> bytes:
        """The text in the project's code page."""
        return self.text.encode(CODE_PAGE)


def read_module(file_name: str, text: str) -> VbaModule:
    """Read the text of an exported module.

    Parameters
    ----------
    file_name
        Its name, for the suffix and for messages.
    text
        With any line ends.

    Raises
    ------
    ConfigurationError
        There is no VB_Name, a character is outside code page 1252, or a line is too long.
    """
    text = "\n".join(text.splitlines()) + "\n"
    found = _NAME.search(text)
    if found is None:
        raise ConfigurationError("the module has no line 'Attribute VB_Name'", where=file_name)
    if file_name.lower().endswith(".cls"):
        text = _class_text(text)
    _check(file_name, text)
    return VbaModule(found[1], _kind(file_name, text), text.replace("\n", "\r\n"))


def _kind(file_name: str, text: str) -> ModuleKind:
    if not file_name.lower().endswith(".cls"):
        return ModuleKind.STANDARD
    base = _BASE.search(text)
    is_document = base is not None and base[1].upper() in _DOCUMENT_BASES
    return ModuleKind.DOCUMENT if is_document else ModuleKind.CLASS


def _class_text(text: str) -> str:
    """Leave out the head of the export format and add the attributes that it does not write."""
    text = text[_start_of_attributes(text) :]
    if "VB_Base" not in text:
        text = text.replace("\n", f'\nAttribute VB_Base = "{CLASS_BASE}"\n', 1)
    if "VB_TemplateDerived" not in text:
        more = "\nAttribute VB_TemplateDerived = False\nAttribute VB_Customizable = False"
        text = _EXPOSED.sub(lambda match: match[0] + more, text, count=1)
    return text


def _start_of_attributes(text: str) -> int:
    found = _NAME.search(text)
    return found.start() if found else 0


def _check(file_name: str, text: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{file_name}, line {number}"
        if len(line) > LONGEST_LINE:
            raise ConfigurationError(f"VBA takes {LONGEST_LINE} characters in a line", where=where)
        try:
            line.encode(CODE_PAGE)
        except UnicodeEncodeError as error:
            mark = line[error.start]
            raise ConfigurationError(f"VBA source cannot hold {mark!r}", where=where) from None
