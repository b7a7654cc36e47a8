"""The journal: every run is written down before it is sent, so that none is sent twice.

Owns one SQLite file for each profile (`Submissions`): single runs, named sets of runs, what became
of them, and what the dispatchers of several processes share.  May import `xlmeso.model` and
`xlmeso.errors`; knows nothing of HTTP and is never given an API key.
"""

from xlmeso.journal.errors import JournalError
from xlmeso.journal.rows import Submission, SubmissionState
from xlmeso.journal.run_sets import IntendedRun, RunSet, SetMember
from xlmeso.journal.submissions import Submissions

__all__ = [
    "IntendedRun",
    "JournalError",
    "RunSet",
    "SetMember",
    "Submission",
    "SubmissionState",
    "Submissions",
]
