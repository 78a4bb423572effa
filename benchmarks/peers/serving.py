"""The peer's side of `worker`: jobs on request. Standard library only, as it runs in any interpreter."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(job: Callable[[], Any], ready: dict[str, Any]) -> None:
    """Say that the peer is ready, then do the job for each line read."""
    print(json.dumps(ready), flush=True)
    for _ in sys.stdin:
        start = time.process_time()
        job()
        print(json.dumps({"seconds": time.process_time() - start}), flush=True)
