"""Serves a folder with fast runs until it is killed: ``DATA PORT SECONDS SLOTS CONTRACT``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from fast_service import fast_service

if __name__ == "__main__":
    data, port, seconds, slots, contract = sys.argv[1:]
    service = fast_service(
        Path(data), seconds=float(seconds), slots=int(slots), contract=contract, port=int(port)
    )
    with service:
        print(json.dumps({"url": service.url, "api_key": service.api_key}), flush=True)
        while True:
            time.sleep(1.0)
