from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.simulate.kinetics.compiled import outputs
from hybridcell.simulate.kinetics.compiled.lanes import by_state
from hybridcell.simulate.kinetics.compiled.outputs import begin_rows, gather_cotangents, write_rows


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("whole", [True, False])
def test_gathering_is_writing_transposed(lanes: int, whole: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are linear in what they are made of: both sides give the same products."""
    monkeypatch.setattr(outputs, "loops_are_whole", lambda: whole)
    rng = np.random.default_rng(lanes)
    n, t, h = 2, jnp.full(lanes, 1.0), jnp.asarray(rng.uniform(1.0, 3.0, lanes))
    # more rows than are computed at once, some of them before the step and some after it
    rows = begin_rows(jnp.linspace(0.0, 5.0, 41), lanes, n)._replace(next=jnp.full(lanes, 8))
    parts = [jnp.asarray(rng.normal(size=shape)) for shape in ((lanes, n), (lanes, n), (3, lanes, n))]
    wanted = jnp.arange(lanes) != 1
    columns = [by_state(parts[0]), by_state(parts[1]), jnp.stack([by_state(part) for part in parts[2]])]
    written = write_rows(rows, wanted, t, h, t + h, *columns)
    cotangents = jnp.asarray(rng.normal(size=rows.values.shape))
    found = gather_cotangents(rows._replace(values=cotangents), (rows.next, written.next), wanted, t, h)
    assert int(written.next[0]) > 8 + 8
    for lane in range(lanes):
        direct = jnp.sum(cotangents[lane] * written.values[lane])
        by_parts: Any = sum(
            jnp.sum(jnp.moveaxis(a, -2, 0)[lane] * jnp.moveaxis(b, -2, 0)[lane])
            for a, b in zip(found, parts, strict=True)
        )
        np.testing.assert_allclose(by_parts, direct, rtol=1e-12, atol=1e-12)
