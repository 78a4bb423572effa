"""One small screen of a known network; most tests share its compiled training program."""

from __future__ import annotations

import dataclasses

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.data import PerturbationData
from hybridcell.simulate import solve_steady_state
from tests.simulate.programs import count_programs as count_programs

NAMES = ("p1", "p2", "p3", "growth", "d1", "d2", "d3")
KINDS = ("protein", "protein", "protein", "phenotype", "drug", "drug", "drug")


def _doses():
    singles = [(i, s) for i in range(3) for s in (-1.0, -0.5, 0.7)]
    rows = [[s if k == i else 0.0 for k in range(3)] for i, s in singles]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        for s in (-1.0, 0.6):
            rows.append([s if k == i else -0.8 * s if k == j else 0.0 for k in range(3)])
    return np.array(rows)


@pytest.fixture(scope="session")
def truth():
    """The network that the screen was simulated from."""
    w = np.zeros((7, 7))
    for target, source, weight in [
        (0, 4, 0.8), (1, 5, -0.7), (2, 6, 0.9), (1, 0, 0.6),
        (2, 1, -0.5), (0, 2, -0.4), (3, 0, 0.5), (3, 2, 0.6),
    ]:  # fmt: skip
        w[target, source] = weight
    return hc.CellBox(NAMES, KINDS, w, epsilon=1.3)


@pytest.fixture(scope="session")
def screen(truth):
    """Noiseless steady states of 15 conditions."""
    doses = _doses()
    u = np.zeros((len(doses), 7))
    u[:, 4:] = doses
    return PerturbationData(
        values=solve_steady_state(truth, u).x[:, :4],
        readouts=NAMES[:4],
        kinds=KINDS[:4],
        conditions=[f"c{i}" for i in range(len(doses))],
        perturbations=NAMES[4:],
        doses=doses,
        input="strength",
        control="implied",
    )


@pytest.fixture(scope="session")
def timed(truth, screen):
    """The first nine conditions at times 0.5, 1 and 4."""
    runs = [
        hc.predict(truth, screen.subset(np.arange(9)), time=t, solve=hc.Solve(rtol=1e-9, atol=1e-12)).X[:, :4]
        for t in (0.5, 1.0, 4.0)
    ]
    return dataclasses.replace(
        screen,
        values=np.concatenate(runs),
        conditions=tuple(f"c{i}@{t}" for t in (0.5, 1.0, 4.0) for i in range(9)),
        doses=np.tile(screen.doses[:9], (3, 1)),
        time=np.repeat([0.5, 1.0, 4.0], 9),
    )


@pytest.fixture(scope="session")
def model(screen):
    """A fresh network for the screen."""
    return hc.CellBox.from_data(screen, key=jr.key(0))


@pytest.fixture(scope="session")
def same_bits():
    """Return a function that tells whether two PyTrees have the same numbers to the last bit."""
    import jax

    def same(one, other):
        a, b = jax.tree.leaves(one), jax.tree.leaves(other)
        return len(a) == len(b) and all(
            np.asarray(x).tobytes() == np.asarray(y).tobytes()
            for x, y in zip(a, b)
            if not jax.dtypes.issubdtype(getattr(x, "dtype", float), jax.dtypes.prng_key)
        )

    return same


@pytest.fixture(scope="session")
def recomputed():
    """Return a function that gives the mean squared error of a model on rows of a screen."""

    def mse(model, data, rows=slice(None)):
        found = solve_steady_state(model, model.inputs(data))
        assert found.success.all()
        columns = [model.index(r) for r in data.readouts]
        return float(np.nanmean((found.x[:, columns] - data.values)[rows] ** 2))

    return mse
