"""The index files of LibreOffice's Basic library ``Standard``: our module in, our module out.

The person's own modules stay as they are.  An index that cannot be read is left untouched.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from xlmeso.errors import ConfigurationError

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

_LIBRARY: Final = (
    _HEAD
    + """\
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" \
library:readonly="false" library:passwordprotected="false">
</library:library>
"""
)

_LIBRARIES: Final = (
    _HEAD
    + """\
<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd">
<library:libraries xmlns:library="http://openoffice.org/2000/library" \
xmlns:xlink="http://www.w3.org/1999/xlink">
 <library:library library:name="Standard" library:link="false"/>
</library:libraries>
"""
)

_EMPTY_LIBRARY: Final = re.compile(r"<library:library\b([^>]*)/>")


def index_texts(basic: Path) -> dict[Path, str]:
    """Return the four index files of a profile's Basic folder; standard ones where none are."""
    return {
        basic / "script.xlc": _text(basic / "script.xlc", _LIBRARIES),
        basic / "dialog.xlc": _text(basic / "dialog.xlc", _LIBRARIES),
        basic / "Standard" / "script.xlb": _text(basic / "Standard" / "script.xlb", _LIBRARY),
        basic / "Standard" / "dialog.xlb": _text(basic / "Standard" / "dialog.xlb", _LIBRARY),
    }


def with_module(index: str, module: str, where: Path) -> str:
    """Return the index of a library that lists ``module``.

    Raises
    ------
    ConfigurationError
        It is no index of a library.
    """
    if _entry(module).search(index):
        return index
    opened = _EMPTY_LIBRARY.sub(r"<library:library\1>\n</library:library>", index, count=1)
    head, end, tail = opened.rpartition("</library:library>")
    if not end:
        raise ConfigurationError(
            "LibreOffice's list of Basic modules cannot be read",
            where=str(where),
            cure="Open Tools > Macros > Edit Macros in LibreOffice, save, close it and try again.",
        )
    return f'{head} <library:element library:name="{module}"/>\n{end}{tail}'


def without_module(index: str, module: str) -> str:
    """Return the index of a library without ``module``."""
    return _entry(module).sub("", index)


def _entry(module: str) -> re.Pattern[str]:
    return re.compile(rf'[ \t]*<library:element library:name="{re.escape(module)}"\s*/>\n?')


def _text(path: Path, standard: str) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else standard
