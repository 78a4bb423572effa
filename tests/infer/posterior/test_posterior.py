"""What a posterior says of its draws, whatever made them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.posterior.laplace import laplace
from hybridcell.infer.posterior.posterior import Posterior
from hybridcell.infer.target import as_target
from hybridcell.io.petab.statement import PetabParameter

RNG = np.random.default_rng(0)
DRAWS = RNG.standard_normal((4, 500, 2)) * [1.0, 2.0] + [0.0, 5.0]


def chains(draws=DRAWS, **statistics):
    bowl = FunctionObjective(["a", "b"], [-99] * 2, [99] * 2, residuals=lambda p: p)
    target = as_target(bowl, at=[0.0, 0.0])
    shape = draws.shape[:2]
    return Posterior(target, draws, np.zeros(shape), "nuts", statistics=statistics)


def test_summaries():
    found = chains()
    summary = found.summary(0.8)
    np.testing.assert_allclose(summary["mean"], DRAWS.reshape(-1, 2).mean(axis=0))
    np.testing.assert_allclose(summary.loc["b", "upper"], 5 + 1.2816 * 2, atol=0.15)
    assert found.success
    assert (found.rhat < 1.01).all()
    assert (found.ess > 1000).all()
    assert "nothing is known to be wrong" in found.result
    assert "rhat" in found._repr_html_()
    with pytest.raises(InvalidValueError, match="level is 90"):
        found.summary(90)


def test_chains_apart_and_divergences_are_said():
    apart = DRAWS.copy()
    apart[0, :, 1] += 1.0
    found = chains(apart, diverging=np.arange(2000).reshape(4, 500) < 7)
    assert not found.success
    assert "R-hat above 1.01): b 1." in found.result
    assert "7 of 2000 trajectories diverged" in found.result
    assert found.divergences == 7


def test_few_draws_and_long_trajectories_are_said():
    walk = np.cumsum(RNG.standard_normal((2, 200, 2)), axis=1)
    found = chains(walk, cut=np.ones((2, 200), bool))
    assert any("too few independent draws" in problem for problem in found.problems)
    assert any("as long as allowed" in problem for problem in found.problems)


def test_what_never_moves_has_mixed():
    still = DRAWS.copy()
    still[..., 0] = 1.0
    assert chains(still).rhat["a"] == 1.0


def test_to_arviz():
    data = chains(diverging=np.zeros((4, 500), bool)).to_arviz()
    np.testing.assert_array_equal(data.posterior["b"], DRAWS[..., 1])
    assert not data.sample_stats["diverging"].any()


def test_thinning():
    found = chains()
    assert found.thinned(10).shape == (10, 2)
    np.testing.assert_array_equal(found.thinned(2), found.flat[[0, -1]])
    assert len(found.thinned()) == len(found) == 2000
    with pytest.raises(InvalidValueError, match="at least one draw"):
        found.thinned(0)
    for wrong in (2.7, "3", -1):
        with pytest.raises(InvalidValueError, match="wanted a whole number"):
            found.thinned(wrong)


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(1, 3), st.integers(2, 15))
def test_thinned_draws_are_spread_over_all_and_none_comes_twice(n, n_chains, length):
    draws = np.arange(2.0 * n_chains * length).reshape(n_chains, length, 2)
    places = chains(draws).thinned(n)[:, 0] / 2
    total = n_chains * length
    assert len(places) == min(n, total)
    gaps = np.diff(places)
    assert (gaps >= 1).all()
    assert np.ptp(gaps) <= 1 if len(gaps) else places[0] == 0
    if n > 1:
        assert (places[0], places[-1]) == (0, total - 1)


def test_a_summary_has_the_quantiles_of_all_chains_and_linear_ones_by_the_scale():
    scaled = FunctionObjective(
        ["a", "b"], [-9, -9], [9, 9], residuals=lambda p: p,
        parameters=[PetabParameter(id="a", scale="log10"), PetabParameter(id="b")],
    )  # fmt: skip
    apart = DRAWS + np.arange(4)[:, None, None]
    found = Posterior(as_target(scaled, at=[0.0, 0.0]), apart, np.zeros((4, 500)), "laplace").summary(0.5)
    flat = apart.reshape(-1, 2)
    np.testing.assert_allclose(
        found[["lower", "median", "upper"]], np.quantile(flat, [0.25, 0.5, 0.75], axis=0).T
    )
    np.testing.assert_allclose(found["sd"], flat.std(axis=0, ddof=1))
    for column in ("lower", "median", "upper"):
        expected = [10 ** found.loc["a", column], found.loc["b", column]]
        np.testing.assert_allclose(found[f"{column}_linear"], expected)
    assert not {"ess", "rhat"} & set(found.columns)


def test_independent_draws_have_no_rhat():
    bowl = FunctionObjective(["a"], [-9], [9], residuals=lambda p: p)
    found = laplace(bowl, at=jnp.zeros(1), n=50, key=jax.random.key(0))
    assert found.ess["a"] == 50
    with pytest.raises(InvalidValueError, match="independent of each other"):
        _ = found.rhat


def test_an_ensemble_of_calibrated_networks(decaying, tmp_path):
    found = laplace(decaying, n=6, key=jax.random.key(0))
    ensemble = found.ensemble()
    assert ensemble.n == 6
    constants = ensemble.model.equations.constants
    values = np.asarray(ensemble.members.values)
    np.testing.assert_allclose(np.log10(values[:, constants.index("k")]), found.flat[:, 0], rtol=1e-6)
    best = found.flat[np.argmax(found.log_density[0])]
    assert np.log10(ensemble.best.values[constants.index("k")]) == pytest.approx(best[0])
    path = tmp_path / "best.xml"
    hc.write_sbml(ensemble, path)
    again = hc.read_sbml(path)
    assert dict(zip(again.equations.constants, again.values))["k"] == pytest.approx(10 ** best[0])
    bowl = FunctionObjective(["a"], [-9], [9], residuals=lambda p: p)
    with pytest.raises(InvalidValueError, match="not a reaction network"):
        laplace(bowl, at=[0.0], key=jax.random.key(0)).ensemble()
