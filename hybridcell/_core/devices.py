"""Work along the first axis shared by all devices of this process, without a change of its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

_AXIS = "shared"


def mesh(rows: int) -> Mesh | None:
    """Return all devices as one row; None where there is one only, or more of them than rows to share."""
    devices = jax.local_devices()
    return Mesh(np.array(devices), (_AXIS,)) if 1 < len(devices) <= rows else None


def map_shared(body: Callable[[Any], Any], rows: Any, *, at_once: bool = False) -> Any:
    """Map over rows, each device over its share of them.

    Parameters
    ----------
    body
        From one row to arrays; what it closes over is the same on all devices.
    rows
        Arrays with one first axis. Rows are repeated where devices do not divide it.
    at_once
        All rows of a device at once (`jax.vmap`), as an accelerator likes it; else one after the other
        (`jax.lax.map`), which keeps their arrays in the cache of a processor.
    """
    whole = jax.vmap(body) if at_once else lambda part: jax.lax.map(body, part)
    n = jax.tree.leaves(rows)[0].shape[0]
    devices = mesh(n)
    if devices is None:
        return whole(rows)
    size = -(-n // devices.size) * devices.size
    filled = rows if size == n else jax.tree.map(lambda a: a[np.minimum(np.arange(size), n - 1)], rows)
    spec = PartitionSpec(_AXIS)
    found = jax.shard_map(whole, mesh=devices, in_specs=(spec,), out_specs=spec, check_vma=False)(filled)
    return found if size == n else jax.tree.map(lambda a: a[:n], found)


def spread(arrays: Any, n: int) -> Any:
    """Lay those arrays whose first axis is n over all devices, where these divide it; values stay."""
    devices = mesh(n)
    if devices is None or n % devices.size:
        return arrays
    by_row = NamedSharding(devices, PartitionSpec(_AXIS))

    def lay(array: Any) -> Any:
        has_rows = eqx.is_array(array) and array.ndim > 0 and array.shape[0] == n
        return jax.device_put(array, by_row) if has_rows else array

    return jax.tree.map(lay, arrays)
