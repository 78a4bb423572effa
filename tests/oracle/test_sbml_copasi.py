"""Exported SBML simulated by COPASI against our own solver; COPASI comes with the bench extra."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc

basico = pytest.importorskip("basico", reason="COPASI is not installed (pip install copasi-basico)")


def test_a_hybrid_runs_in_copasi(tmp_path):
    import equinox as eqx

    mechanism = hc.CellBox(
        ["MEK", "ERK", "growth", "aMEK"],
        ["protein", "protein", "phenotype", "drug"],
        [[0, -0.4, 0, 0.9], [0.8, 0, 0, 0], [0, 0.7, 0, 0], [0, 0, 0, 0]],
        epsilon=[1.2, 0.9, 1.0, 1.0],
        alpha=[1.0, 0.7, 1.1, 1.0],
    )
    hybrid = mechanism + hc.NeuralResidual(width=4, key=jr.key(0))
    last = 0.3 * np.random.default_rng(0).normal(size=(3, 4))
    hybrid = eqx.tree_at(lambda m: m.residuals[0].network.weights[-1].raw, hybrid, last)
    condition = {"aMEK": -1.3}
    hc.write_sbml(hybrid, tmp_path / "model.xml", condition=condition, resimulate=False)
    ours = hc.simulate(
        hybrid, t1=10.0, n_points=11, conditions=condition, solve=hc.Solve(rtol=1e-10, atol=1e-12)
    )
    model = basico.load_model(str(tmp_path / "model.xml"))
    found = basico.run_time_course(duration=10.0, intervals=10, r_tol=1e-10, a_tol=1e-12, model=model)
    for name in ("MEK", "ERK", "growth"):
        np.testing.assert_allclose(found[name].to_numpy(), ours[name][0], atol=1e-6)
