"""The command line: `hybridcell fit | graph | screen | export | demo | run | simulate | ...`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and exit: 0 done, 1 the work failed, 2 bad usage."""
    from hybridcell._core.errors import HybridCellError
    from hybridcell.cli.app import app

    try:
        app()
    except KeyboardInterrupt:
        print("hybridcell: stopped.", file=sys.stderr)
        sys.exit(1)
    except (HybridCellError, OSError, MemoryError) as error:
        if os.environ.get("HYBRIDCELL_DEBUG"):
            raise
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        print(f"hybridcell: {' '.join(str(error).split())}{notes}", file=sys.stderr)
        sys.exit(1)
