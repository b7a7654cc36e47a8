"""Pictures of a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpyxl.drawing.image import Image
from openpyxl.drawing.spreadsheet_drawing import AbsoluteAnchor
from openpyxl.drawing.xdr import XDRPoint2D, XDRPositiveSize2D
from xlwings import base_classes

from xlmeso.errors import WorkbookError
from xlmeso.excel.headless.collection import Collection

if TYPE_CHECKING:
    from xlmeso.excel.headless.sheets import Sheet

_EMU_PER_POINT: Final = 12_700
_POINTS_PER_PIXEL: Final = 0.75
_STATE: Final = "_xlmeso_picture"


class Pictures(Collection):
    """The pictures of a sheet."""

    def items(self) -> list[Picture]:
        """Return the pictures."""
        return [Picture(self.sheet, image) for image in self.sheet.worksheet._images]

    def add(
        self,
        filename: str,
        link_to_file: Any = None,
        save_with_document: Any = None,
        left: float | None = None,
        top: float | None = None,
        width: float | None = None,
        height: float | None = None,
        anchor: Any = None,
        **_: Any,
    ) -> Picture:
        """Add a picture from a file; sizes are points, ``anchor`` a range for its corner.

        Raises
        ------
        WorkbookError
            The picture cannot be read, or Pillow is not installed.
        """
        try:
            image: Any = Image(filename)
        except (ImportError, OSError) as error:
            raise WorkbookError(
                "the picture cannot be read", where=str(filename), cure="It needs Pillow."
            ) from error
        place = anchor.impl if anchor is not None else None
        image.__dict__[_STATE] = {
            "name": self.free_name("Picture"),
            "left": left if left is not None else (place.left if place else 0.0),
            "top": top if top is not None else (place.top if place else 0.0),
            "width": _size(width, image.width),
            "height": _size(height, image.height),
        }
        self.sheet.worksheet._images.append(image)
        picture = Picture(self.sheet, image)
        picture.place()
        return picture


def _size(points: float | None, pixels: float) -> float:
    return points if points is not None and points >= 0 else pixels * _POINTS_PER_PIXEL


class Picture(base_classes.Picture):  # type: ignore[misc,unused-ignore]
    """One picture."""

    lock_aspect_ratio = True

    def __init__(self, sheet: Sheet, image: Any) -> None:
        self.sheet = sheet
        self.image = image

    @property
    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.image.__dict__.setdefault(
            _STATE,
            {
                "name": f"Picture {self.sheet.worksheet._images.index(self.image) + 1}",
                "left": 0.0,
                "top": 0.0,
                "width": self.image.width * _POINTS_PER_PIXEL,
                "height": self.image.height * _POINTS_PER_PIXEL,
            },
        )
        return state

    @property
    def api(self) -> Any:
        """The native object: openpyxl's image."""
        return self.image

    @property
    def parent(self) -> Sheet:
        """The sheet."""
        return self.sheet

    @property
    def name(self) -> str:
        """Name of the picture."""
        return str(self._state["name"])

    @name.setter
    def name(self, value: str) -> None:
        self._state["name"] = value

    def index(self) -> int:
        """Return the number of the picture on its sheet, from 1."""
        return int(self.sheet.worksheet._images.index(self.image)) + 1

    def place(self) -> None:
        """Put the picture where its left, top, width and height say."""
        points = [int(self._state[key] * _EMU_PER_POINT) for key in _PLACE]
        left, top, width, height = points
        self.image.anchor = AbsoluteAnchor(
            pos=XDRPoint2D(left, top), ext=XDRPositiveSize2D(width, height)
        )

    def _resize(self, key: str, value: float) -> None:
        self._state[key] = value
        self.place()

    left = property(lambda self: self._state["left"], lambda self, v: self._resize("left", v))
    top = property(lambda self: self._state["top"], lambda self, v: self._resize("top", v))
    width = property(lambda self: self._state["width"], lambda self, v: self._resize("width", v))
    height = property(lambda self: self._state["height"], lambda self, v: self._resize("height", v))

    def delete(self) -> None:
        """Remove the picture."""
        self.sheet.worksheet._images.remove(self.image)


_PLACE: Final = ("left", "top", "width", "height")
