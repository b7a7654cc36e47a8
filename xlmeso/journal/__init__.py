"""The journal: every submission is written down before it is sent, so that none is sent twice.

Owns one SQLite file for each profile (`Submissions`).  May import `xlmeso.model` and
`xlmeso.errors`; knows nothing of HTTP and is never given an API key.
"""

from xlmeso.journal.errors import JournalError
from xlmeso.journal.submissions import Submission, Submissions, SubmissionState

__all__ = ["JournalError", "Submission", "SubmissionState", "Submissions"]
