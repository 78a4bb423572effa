"""`hybridcell versions`."""

from __future__ import annotations

from hybridcell._core.environment import BAD_JAX_VERSIONS, batched_matvec_error
from hybridcell.recipes import versions

#: A right release gives about 1e-15, a wrong one more than 1.
_TOLERANCE = 1e-9


def report() -> tuple[str, bool]:
    """Return one line per version and the outcome of the check, and whether JAX computes right."""
    found = versions()
    error = batched_matvec_error()
    sound = error < _TOLERANCE and found["jax"] not in BAD_JAX_VERSIONS
    found["jax check"] = f"{'right' if sound else 'WRONG NUMBERS'} (batched matrix-vector error {error:.1e})"
    width = max(map(len, found))
    lines = [f"{name:<{width}}  {value}" for name, value in found.items()]
    if not sound:
        lines.append("This release of JAX is not to be used: pip install 'jax!=0.10.2,!=0.11.0,!=0.11.1'.")
    return "\n".join(lines), sound
