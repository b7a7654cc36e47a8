"""Serves a folder with the stand-in simulation, for tests that kill or end the whole process.

Run as ``python service_script.py DATA PORT [POINTER]``; prints one JSON line when it is ready.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from service_helpers import make_service

from xlmeso.simulator.server import LocalService, serve_until_stopped


def announce(service: LocalService) -> None:
    print(json.dumps({"url": service.url, "api_key": service.api_key}), flush=True)


if __name__ == "__main__":
    pointer = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    made = make_service(Path(sys.argv[1]), port=int(sys.argv[2]), workers=2)
    serve_until_stopped(made, pointer=pointer, on_ready=announce)
