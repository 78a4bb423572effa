"""Run in a notebook's kernel before its first cell: no progress bars, and no simulation that fails unseen.

A figure of values that are not there is empty, and nobody may look at it again.
"""

import functools
from typing import Any

import jax
import numpy as np

import hybridcell


@functools.wraps(hybridcell.simulate)
def _seen(*args: Any, **options: Any) -> Any:
    found = _simulate(*args, **options)
    if not isinstance(found.values, jax.core.Tracer) and np.isnan(np.asarray(found.values)).any():
        raise AssertionError(f"a simulation failed: {'; '.join(sorted(set(found.result)))}")
    return found


_simulate = hybridcell.simulate
hybridcell.simulate = _seen
hybridcell.config.progress = False
