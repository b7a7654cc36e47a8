"""Runs sweeps in child processes that can be killed at any moment, without the wait for imports.

Reads one JSON command per line: ``run`` forks a child that plans and runs a set and writes what
came of it to a file; ``wait`` waits for the end of a child.
"""

from __future__ import annotations

import functools
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from fault_helpers import connected, planned

import xlmeso.app.dispatch.crew
import xlmeso.app.dispatch.delivery
import xlmeso.app.dispatch.interruption  # noqa: F401
from xlmeso.api.transport import Timeouts
from xlmeso.app.dispatch import dispatcher, run_set
from xlmeso.errors import XlmesoError
from xlmeso.journal import Submissions, owners  # noqa: F401
from xlmeso.model.validation import validate  # noqa: F401

PATIENT = Timeouts(connect=2.0, read=2.0, total=4.0)


def child(command: dict[str, Any]) -> int:
    """Plan and run the set; returns the exit code."""
    dispatcher.Contract = functools.partial(  # type: ignore[misc]
        dispatcher.Contract, absence=command.get("absence", 3.0)
    )
    out = Path(command["out"])
    if limit := command.get("file_limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if command.get("nobody") and os.geteuid() == 0:
        with connected(
            "http://127.0.0.1:9", "key-of-nobody"
        ) as nowhere:  # load what is loaded late
            planned(nowhere, Submissions(out.parent / "warm" / "journal.sqlite"), 1)
        os.setuid(65534)
    journal = Submissions(Path(command["journal"]))
    try:
        with connected(
            command["url"],
            command["api_key"],
            contract=command["contract"],
            timeouts=PATIENT,
        ) as connection:
            made = planned(connection, journal, command["count"])
            members = run_set(connection, made.set_id, journal=journal, patience=20.0)
    except (XlmesoError, KeyboardInterrupt) as error:
        out.write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
        return 3
    text = " ".join(member.run.state.value for member in members)
    out.write_text(text, encoding="utf-8")
    return 0


def serve() -> None:
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "wait":
            answer = os.waitstatus_to_exitcode(os.waitpid(command["pid"], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                sys.stdin.close()
                code = 9
                try:
                    code = child(command)
                finally:
                    os._exit(code)
        print(answer, flush=True)


if __name__ == "__main__":
    serve()
