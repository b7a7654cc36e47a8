"""The checks of ``xlmeso doctor``: what is in order, and one line of cure for what is not.

Reads only: nothing on the disk is changed, no key is shown, and a backtest is never submitted.
"""

from xlmeso.addin.doctor.examine import examine
from xlmeso.addin.doctor.findings import Finding, Level

__all__ = ["Finding", "Level", "examine"]
