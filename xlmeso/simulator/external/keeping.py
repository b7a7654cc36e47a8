"""The copy of the external data that a run works on and hands out (reference section 6)."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlmeso.errors import SimulationError
from xlmeso.model.document import path_text
from xlmeso.simulator.external.table import PATH, read_table

if TYPE_CHECKING:
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.simulator.engine.external import ExternalValues

CSV_NAME: Final = "external_data.csv"
"""Name of the CSV inside the ZIP; Assumption: the service's own is not known."""

_SAME_TIME: Final = (1980, 1, 1, 0, 0, 0)


def load_copy(
    csv: Path | None, definition: StrategyDefinition, archive: Path
) -> ExternalValues | None:
    """Read a run's copy, and put it into the ZIP that its callers get.

    Parameters
    ----------
    csv
        The copy that was made at the submission; None without external data.
    archive
        The ZIP; the same CSV gives the same bytes.

    Raises
    ------
    SimulationError
        The definition names external data and there is no usable copy.
    """
    if not definition.csv_url:
        return None
    if csv is None:
        raise SimulationError("the external data were not fetched", where=path_text(PATH))
    content = csv.read_bytes()
    table = read_table(content, definition)
    if table.values is None:
        raise SimulationError(table.problems[0].message, where=path_text(PATH))
    entry = zipfile.ZipInfo(CSV_NAME, _SAME_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    part = archive.with_name(f"{archive.name}.part")
    with zipfile.ZipFile(part, "w") as packed:
        packed.writestr(entry, content)
    part.replace(archive)
    return table.values
