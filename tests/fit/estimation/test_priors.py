from __future__ import annotations

import os
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation.priors import (
    log_density,
    log_mass,
    log_prior,
    log_priors,
    quantile,
    scaled_quantile,
    scipy_distribution,
)
from hybridcell.io.petab.statement import PRIORS, PetabParameter, Prior
from tests.tolerances import ANALYTIC, GRADIENT

PARAMETERS = {
    "uniform": (2.0, 8.0), "normal": (4.0, 2.0), "laplace": (3.0, 5.0), "log-normal": (1.0, 0.7),
    "log-laplace": (1.0, 0.5), "log-uniform": (0.3, 5.0), "cauchy": (3.0, 5.0), "chisquare": (4.0,),
    "exponential": (3.0,), "gamma": (3.0, 2.0), "rayleigh": (3.0,),
}  # fmt: skip
EVERY = [Prior(family=family, parameters=numbers) for family, numbers in PARAMETERS.items()]
every = pytest.mark.parametrize("prior", EVERY, ids=[prior.family for prior in EVERY])


def cut(prior):
    return Prior(family=prior.family, parameters=prior.parameters, truncated=True)


@pytest.mark.parametrize("case", ["0024", "0025"])
def test_the_densities_are_those_of_the_standard(case):
    folder = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "petab-test-suite/v2.0.0/sbml" / case
    if not os.environ.get("HYBRIDCELL_DATA") or not folder.is_dir():
        pytest.skip("PEtab's test suite is not in this repository")
    wanted = yaml.safe_load((folder / f"_{case}_solution.yaml").read_text("utf-8"))["log_prior"]
    table = pd.read_csv(folder / "_parameters.tsv", sep="\t").set_index("parameterId")
    parameters = []
    for name in wanted:
        row = table.loc[name]
        low, high = float(row["lowerBound"]), float(row["upperBound"])
        family, numbers = row["priorDistribution"], row["priorParameters"]
        if not isinstance(family, str):
            family, numbers = "uniform", f"{low};{high}"
        values = tuple(float(x) for x in str(numbers).split(";"))
        prior = Prior(family=family, parameters=values, truncated=True)
        parameters.append(PetabParameter(id=name, lower=low, upper=high, prior=prior))
    found = log_priors(parameters, jnp.array([table.loc[name, "nominalValue"] for name in wanted]))
    np.testing.assert_allclose(found, list(wanted.values()), rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        log_prior(parameters, jnp.array(table.loc[list(wanted), "nominalValue"].to_numpy())),
        sum(wanted.values()), rtol=1e-12,
    )  # fmt: skip


def test_every_family_is_tested():
    assert set(PARAMETERS) == set(PRIORS)


@every
def test_densities_are_those_of_scipy(prior):
    x = np.linspace(-3, 12, 61)
    wanted = scipy_distribution(prior).logpdf(x)
    # at their edges, densities are a matter of taste
    inner = x != 0
    np.testing.assert_allclose(log_density(prior, jnp.asarray(x))[inner], wanted[inner], **ANALYTIC)


@every
def test_gradients_are_right_and_never_nan(prior):
    for x in (3.3, 4.7):
        slope = jax.grad(lambda p: log_density(prior, p))(x)
        ends = log_density(prior, jnp.array([x - 1e-6, x + 1e-6]))
        np.testing.assert_allclose(slope, (ends[1] - ends[0]) / 2e-6, **GRADIENT)
    for x in (-1.0, 0.0, 100.0, 4.0):
        assert np.isfinite(jax.grad(lambda p: log_density(prior, p))(x))


@every
def test_what_is_cut_off_is_normalized_between_the_bounds(prior):
    low, high = 2.5, 4.5
    area, _ = integrate.quad(lambda x: float(jnp.exp(log_density(cut(prior), x, low, high))), low, high)
    np.testing.assert_allclose(area, 1.0, rtol=1e-6)
    assert (np.asarray(log_density(cut(prior), jnp.array([2.4, 4.6]), low, high)) == -np.inf).all()


@every
@given(p=st.floats(0.001, 0.999))
def test_law_quantiles_have_their_probability(prior, p):
    distribution = scipy_distribution(prior)
    np.testing.assert_allclose(distribution.cdf(quantile(prior, p)), p, rtol=1e-9)
    low, high = 2.5, 4.5
    x = quantile(cut(prior), p, low, high)
    share = (distribution.cdf(x) - distribution.cdf(low)) / (distribution.cdf(high) - distribution.cdf(low))
    np.testing.assert_allclose(share, p, rtol=1e-6)


def test_far_tails_keep_their_digits():
    normal = Prior(family="normal", parameters=(0.0, 1.0), truncated=True)
    # Mills' ratio: the mass beyond 20 is about the density there over 20
    np.testing.assert_allclose(log_mass(normal, 20.0, np.inf), -203.917155, rtol=1e-6)
    x = quantile(normal, [0.1, 0.9], 20.0, np.inf)
    assert (np.diff(x) > 0.05).all()
    assert (x > 20).all()


def test_a_prior_of_the_scaled_value():
    prior = Prior(family="normal", parameters=(-1.0, 0.5), on_scale=True)
    for scale, log in (("log10", np.log10), ("log", np.log), ("lin", lambda x: x)):
        parameter = PetabParameter(id="k", scale=scale, lower=1e-3, upper=1e3, prior=prior)
        wanted = scipy_distribution(prior).logpdf(log(0.2))
        np.testing.assert_allclose(log_prior([parameter], jnp.array([0.2])), wanted, **ANALYTIC)
    parameter = PetabParameter(id="k", scale="log10", lower=0.01, upper=1.0, prior=prior)
    assert log_prior([parameter], jnp.array([0.0])) == -np.inf
    x = scaled_quantile(prior, np.linspace(0.01, 0.99, 9), parameter)
    assert x.min() >= -2
    assert x.max() <= 0
    np.testing.assert_allclose(x[4], -1.0, atol=1e-12)


def test_a_prior_of_the_scaled_value_that_is_cut_off():
    prior = Prior(family="normal", parameters=(-1.0, 0.5), on_scale=True, truncated=True)
    parameter = PetabParameter(id="k", scale="log10", lower=0.1, upper=1.0, prior=prior)
    area, _ = integrate.quad(lambda s: float(jnp.exp(log_prior([parameter], jnp.array([10.0**s])))), -1, 0)
    np.testing.assert_allclose(area, 1.0, rtol=1e-6)


def test_quantiles_of_linear_priors_are_given_on_the_scale():
    prior = Prior(family="log-uniform", parameters=(1e-2, 1e2))
    parameter = PetabParameter(id="k", scale="log10", lower=0.1, upper=10.0, prior=prior)
    np.testing.assert_allclose(
        scaled_quantile(prior, [0.1, 0.5, 0.75], parameter), [-1.0, 0.0, 1.0], atol=1e-12
    )


def test_parameters_without_a_prior_do_not_count():
    parameters = [PetabParameter(id="a"), PetabParameter(id="b", prior=EVERY[1])]
    wanted = scipy_distribution(EVERY[1]).logpdf(3.0)
    np.testing.assert_allclose(
        jax.jit(lambda t: log_prior(parameters, t))(jnp.array([9.0, 3.0])), wanted, **ANALYTIC
    )
    assert log_prior([], jnp.zeros(0)) == 0


@pytest.mark.parametrize(
    ("family", "numbers", "message"),
    [
        ("normel", (0.0, 1.0), "Did you mean 'normal'"),
        ("normal", (0.0,), "wanted 2 finite"),
        ("normal", (0.0, 0.0), "are positive"),
        ("gamma", (-1.0, 1.0), "are positive"),
        ("exponential", (-1.0,), "are positive"),
        ("uniform", (1.0, 1.0), "lower bounds below"),
        ("log-uniform", (0.0, 1.0), "lower bounds below"),
        ("normal", (np.nan, 1.0), "wanted 2 finite"),
    ],
)
def test_wrong_parameters_are_refused(family, numbers, message):
    with pytest.raises(InvalidValueError, match=message):
        log_density(Prior(family=family, parameters=numbers), jnp.array(1.0))


def test_bounds_without_mass_are_refused():
    with pytest.raises(InvalidValueError, match="no mass between its bounds"):
        log_density(cut(EVERY[0]), jnp.array(1.0), 9.0, 10.0)
