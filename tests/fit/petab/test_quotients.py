"""Rates with powers beyond all numbers: finite, and so are their derivatives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.petab.quotients import split_quotients
from hybridcell.io.sbml import read_sbml
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.simulate import system_of
from tests.fit.petab.problems import sbml

MODEL = """
model m
  n = {n}; K = 3; L = 2; v = 5;
  species x; x = 0.5; species y; y = 0.4;
  J1: -> x; v*x^n/((K^n + x^n)*(y^2 + L));
  J2: -> y; v*x^2/((K^2 + x^2)*(y + L));
end
"""


def equations_of(folder, n):
    file = folder / "model.xml"
    file.write_text(sbml(MODEL.format(n=n)), encoding="utf-8")
    return read_sbml(file).equations


def rate(equations):
    """Return dx/dt as a function of x."""
    system = system_of(equations, universal=False)
    p = system.pad_constants(jnp.asarray(equations.values)[None])
    return lambda x: Field(system, p, None, None).derivative(jnp.zeros(1), x[None])[0]


def test_only_products_with_powers_of_parameters_are_split(tmp_path):
    equations = equations_of(tmp_path, 2)
    split = split_quotients(equations)
    assert split.fluxes[0] != equations.fluxes[0]
    assert split.fluxes[1] == equations.fluxes[1]
    x = jnp.array([0.5, 0.4])
    np.testing.assert_allclose(rate(split)(x), rate(equations)(x), rtol=1e-14)


@pytest.mark.parametrize("n", [2, 900])
def test_derivatives_are_those_of_the_formula(n, tmp_path):
    found = jax.jacfwd(rate(split_quotients(equations_of(tmp_path, n))))(jnp.array([0.5, 0.4]))
    x, y = 0.5, 0.4
    share = (x / 3.0) ** n  # 0 to every digit there is, for the larger n
    up = share / (1 + share)
    slope = 5 * n * share / (1 + share) ** 2 / x / (y**2 + 2)
    wanted = np.array([slope, -5 * up * 2 * y / (y**2 + 2) ** 2])
    np.testing.assert_allclose(found[0], wanted, rtol=1e-12, atol=1e-200)
