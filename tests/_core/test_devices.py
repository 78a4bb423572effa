"""Four devices compute what one does. The four are pretended, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.devices import map_shared, mesh, spread
from tests.conftest import ROOT

#: Members, conditions of one fit, and tiles of a screen; seven rows are not divided by four.
WORK = """
import sys
import equinox as eqx, jax, jax.numpy as jnp, jax.random as jr, numpy as np
import hybridcell as hc
from hybridcell._core.devices import map_shared
from hybridcell.data import random_network, simulate_screen

entry = random_network(6, 1, 3, density=0.3, gain=0.8, seed=1)
data = simulate_screen(entry, seed=1)
model = hc.CellBox.from_data(data, key=jr.key(0))
options = {"progress": False, "key": jr.key(1)}
members = hc.fit_ensemble(model, data, n=5, steps=10, calibrate=False, **options)
one = hc.fit(model, data, steps=10, **options)
screen = hc.screen_combinations(members, readout="Y1", doses=4, order=3, progress=False)
numbers = lambda tree: np.concatenate(
    [np.ravel(leaf) for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_inexact_array))]
)
rows = jnp.arange(14.0).reshape(7, 2)
sines = map_shared(lambda row: jnp.sin(row).sum(), rows), map_shared(lambda row: row**2, rows, at_once=True)
np.savez(
    sys.argv[1], devices=len(jax.devices()), members=numbers(members.members), one=numbers(one.model),
    responses=np.asarray(screen.responses), sines=sines[0], squares=sines[1],
)
"""


def _numbers(path: Path, devices: int) -> dict[str, np.ndarray]:
    flags = f"--xla_force_host_platform_device_count={devices} {os.environ.get('XLA_FLAGS', '')}"
    # pretended devices wait for each other in one pool: with a thread per core it may have none left to go on
    environment = {**os.environ, "XLA_FLAGS": flags, "NPROC": str(8 * devices), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WORK, str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    with np.load(path) as found:
        return dict(found)


@pytest.fixture(scope="module")
def four_and_one(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, np.ndarray], ...]:
    folder = tmp_path_factory.mktemp("devices")
    return _numbers(folder / "four.npz", 4), _numbers(folder / "one.npz", 1)


def test_the_devices_were_there(four_and_one: tuple[dict[str, np.ndarray], ...]) -> None:
    assert [int(found["devices"]) for found in four_and_one] == [4, 1]


@pytest.mark.parametrize("what", ["members", "one", "responses", "sines", "squares"])
def test_the_number_of_devices_changes_no_number(
    what: str, four_and_one: tuple[dict[str, np.ndarray], ...]
) -> None:
    four, one = (found[what] for found in four_and_one)
    assert np.isfinite(one).all()
    np.testing.assert_allclose(four, one, rtol=0, atol=1e-12)


def test_one_device_shares_with_nobody() -> None:
    if len(jax.local_devices()) > 1:
        pytest.skip("this machine has several devices")
    assert mesh(100) is None
    rows = jnp.arange(6.0).reshape(3, 2)
    assert spread(rows, 3) is rows
    np.testing.assert_array_equal(map_shared(lambda row: row.sum(), rows), rows.sum(axis=1))
