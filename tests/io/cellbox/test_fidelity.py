"""Same trajectories as the original: its equations and loops written down anew, on plain NumPy arrays."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.io.cellbox import read_cellbox_model
from hybridcell.mechanisms.cellbox import kind_mask
from tests.tolerances import ORACLE

ENVELOPES = {
    ("tanh", 3): np.tanh,
    ("polynomial", 3): lambda x: x**3 / (1 + np.abs(x) ** 3),
    ("polynomial", 2): lambda x: np.sign(x) * x**2 / (1 + x**2),
    ("hill", 2): lambda x: 2 * (1 - 1 / (1 + np.maximum(x + 1, 0) ** 2)) - 1,
    ("linear", 3): lambda x: x,
    ("clip", 3): lambda x: np.clip(x, -1, 1),
}
METHODS = ("euler", "midpoint", "heun", "rk4")
FORMS = list(itertools.product(ENVELOPES, (1, 2), ("inside", "outside", "scaled"), (False, True)))
DT, N_STEPS = 0.1, 100


def rate(phi, p, degree, form):
    """Return dx/dt of the original; columns are conditions."""

    def dxdt(x, u):
        s = p["W"] @ x
        if degree == 2:
            s = s + p["W"].sum(axis=1, keepdims=True) * x
        if form == "inside":
            return p["eps"] * phi(s + u) - p["alpha"] * x
        if form == "outside":
            return p["eps"] * (phi(s) + u) - p["alpha"] * x
        return p["eps"] * phi(s) + p["psi"] * u - p["alpha"] * x

    return dxdt


def march(dxdt, x, u, method, n_steps, moving, *, hold_stages):
    """Take the original's steps; `moving` is 0 for nodes that are held.

    The original masks the increment of a step, but not the stages within it: `hold_stages` False.
    """
    stage = moving if hold_stages else 1.0
    states = [x]
    for _ in range(n_steps):
        k1 = dxdt(x, u)
        if method == "euler":
            step = k1
        elif method == "midpoint":
            step = dxdt(x + DT / 2 * k1 * stage, u)
        elif method == "heun":
            step = (k1 + dxdt(x + DT * k1 * stage, u)) / 2
        else:
            k2 = dxdt(x + DT / 2 * k1 * stage, u)
            k3 = dxdt(x + DT / 2 * k2 * stage, u)
            k4 = dxdt(x + DT * k3 * stage, u)
            step = (k1 + 2 * k2 + 2 * k3 + k4) / 6
        x = x + DT * step * moving
        states.append(x)
    return np.stack(states)  # steps x nodes x conditions


def network(n, seed, envelope, degree, form, clamp):
    rng = np.random.default_rng(seed)
    kinds = ("protein",) * (n - 3) + ("phenotype",) + ("drug",) * 2
    scale = 0.5 / np.sqrt(n) / degree
    p = {"W": rng.normal(0, scale, (n, n)) * kind_mask(kinds)}
    p |= {name: rng.uniform(0.7, 1.6, (n, 1)) for name in ("eps", "alpha", "psi")}
    model = hc.CellBox(
        [f"x{i}" for i in range(n)], kinds, p["W"],
        epsilon=p["eps"][:, 0], alpha=p["alpha"][:, 0], psi=p["psi"][:, 0],
        envelope=envelope[0], power=envelope[1], degree=degree, input=form, clamp=clamp,
    )  # fmt: skip
    conditions = [{f"x{n - 2}": -1.0}, {f"x{n - 2}": -0.4, f"x{n - 1}": 0.7}]
    return model, p, conditions


def original(model, p, conditions, method, *, n_steps=N_STEPS, hold_stages=True):
    phi = ENVELOPES[(model.envelope, int(model.power))]
    u = np.array([[c.get(name, 0.0) for c in conditions] for name in model.names])
    drug = np.array([kind == "drug" for kind in model.kinds])[:, None]
    moving = np.where(drug, 0.0, 1.0) if model.clamp else np.ones((model.n, 1))
    x0 = u if model.clamp else np.zeros_like(u)
    dxdt = rate(phi, p, model.degree, model.input)
    return march(dxdt, x0, u, method, n_steps, moving, hold_stages=hold_stages)


def ours(model, conditions, method, backend, n_steps=N_STEPS):
    solve = hc.Solve(method=method, dt=DT, backend=backend)
    found = hc.simulate(model, t1=n_steps * DT, n_points=n_steps + 1, conditions=conditions, solve=solve)
    return np.asarray(found.values).transpose(1, 2, 0)


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_every_form_of_the_equations(envelope):
    for i, form in enumerate(itertools.product((1, 2), ("inside", "outside", "scaled"), (False, True))):
        model, p, conditions = network(7, i, envelope, *form)
        for method in METHODS:
            wanted = original(model, p, conditions, method)
            assert np.isfinite(wanted).all()
            assert np.abs(wanted).max() > 0.1
            found = ours(model, conditions, method, "numpy")
            np.testing.assert_allclose(found, wanted, err_msg=f"{form} {method}", **ORACLE)


# Each envelope, degree, input and clamp with each method once; a program is compiled for each.
COVERING = [(FORMS[(13 * k) % len(FORMS)], METHODS[k % 4]) for k in range(12)]


@pytest.mark.parametrize(("form", "method"), COVERING)
def test_compiled_programs_do_the_same(form, method):
    envelope, degree, input, clamp = form
    model, p, conditions = network(7, 5, envelope, degree, input, clamp)
    np.testing.assert_allclose(
        ours(model, conditions, method, "jax"), original(model, p, conditions, method), **ORACLE
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_network_of_the_published_size(method):
    model, p, conditions = network(99, 0, ("tanh", 3), 1, "inside", False)
    wanted = original(model, p, conditions, method)
    np.testing.assert_allclose(ours(model, conditions, method, "jax"), wanted, **ORACLE)


def test_where_the_original_lets_held_nodes_move_within_a_step():
    """Its stages do not hold them; Euler has none, and elsewhere the difference goes with the step size."""
    model, p, conditions = network(8, 3, ("tanh", 3), 1, "inside", True)
    for method in METHODS:
        wanted = original(model, p, conditions, method, hold_stages=False)
        difference = np.abs(ours(model, conditions, method, "numpy") - wanted).max()
        if method == "euler":
            assert difference < 1e-9
        else:
            assert 1e-6 < difference < DT


def test_a_published_network_predicts_its_screen(melanoma):
    folder = Path(os.environ["HYBRIDCELL_DATA"]) / "cellbox" / "published"
    files = [folder / f"seed871_{part}.csv" for part in ("W", "alpha", "eps")]
    model = read_cellbox_model(*files, n_protein_nodes=82, n_activity_nodes=87)
    assert model.names == tuple(melanoma.var_names)
    assert model.kinds == tuple(melanoma.var["kind"])
    assert int(model.mask.sum()) == 8036
    p = {"W": np.genfromtxt(files[0], delimiter=",", skip_header=1)[:, 1:]}
    p |= {
        name: np.genfromtxt(path, delimiter=",", skip_header=1)[:, 1:]
        for name, path in zip(("alpha", "eps"), files[1:])
    }
    u = np.genfromtxt(folder.parent / "pert.csv", delimiter=",").T
    dxdt = rate(np.tanh, p, 1, "inside")
    wanted = march(dxdt, np.zeros_like(u), u, "heun", 400, 1.0, hold_stages=True)[-1].T
    solve = hc.Solve(method="heun", dt=0.1)
    found = hc.simulate(model, t1=40.0, ts=[40.0], conditions=melanoma, solve=solve)
    last = np.asarray(found.values)[:, 0]
    np.testing.assert_allclose(last, wanted, **ORACLE)
    assert np.corrcoef(last.ravel(), np.asarray(melanoma.X).ravel())[0, 1] > 0.9
