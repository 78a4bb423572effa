"""`hybridcell versions`."""

from __future__ import annotations

from hybridcell.recipes import versions
from hybridcell.simulate.environment_check import check_environment


def report() -> tuple[str, bool]:
    """Return one line per version and check, and whether this installation computes right."""
    found, check = versions(), check_environment()
    found |= {what: f"off by {error:.1e}" for what, error in check.errors.items()}
    found["verdict"] = "right" if check.sound else "WRONG NUMBERS"
    width = max(map(len, found))
    lines = [f"{name:<{width}}  {value}" for name, value in found.items()]
    return "\n".join([*lines, *check.problems]), check.sound
