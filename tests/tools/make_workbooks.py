"""Build the books of ``workbooks/``: plain .xlsx files whose formulas spill.

Every formula's value comes from the function itself, run against a local service that is started
for the build.  Run it after a change of a function, a template, a sheet plan or the simulation.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from workbooks.compare import compare_plans  # noqa: E402
from workbooks.live import Live, live  # noqa: E402
from workbooks.one_run import one_run_plans  # noqa: E402
from workbooks.product import product_plans  # noqa: E402
from workbooks.risk_desk import risk_desk_plans  # noqa: E402
from workbooks.stable import pack, stable_parts  # noqa: E402

from xlmeso.report.books import write_workbook  # noqa: E402
from xlmeso.sheets.plan import SheetPlan  # noqa: E402

FOLDER = ROOT / "workbooks"

BOOKS: dict[str, tuple[str, Callable[[Live], list[SheetPlan]]]] = {
    "xlmeso.xlsx": ("Backtest option strategies with MesoSim", product_plans),
    "example-one-run.xlsx": ("Study one strategy", one_run_plans),
    "example-risk-desk.xlsx": ("Report of one run", risk_desk_plans),
    "example-compare.xlsx": ("Compare strategies", compare_plans),
}
"""File name -> title and plans.  The order counts: the report shows the newest run."""


def books() -> dict[str, dict[str, bytes]]:
    """Return the parts of every book by file name."""
    with live() as service, tempfile.TemporaryDirectory() as folder:
        made = {}
        for name, (title, plans) in BOOKS.items():
            path = write_workbook(Path(folder) / name, plans(service), title=title)
            made[name] = stable_parts(path)
    return made


def main(arguments: Sequence[str]) -> None:
    """Write the books into ``workbooks/`` or the folder named."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, parts in books().items():
        pack(parts, folder / name)


if __name__ == "__main__":
    main(sys.argv[1:])
