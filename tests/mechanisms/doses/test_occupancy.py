from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hybridcell.mechanisms.doses import DoseCurves, occupancy

POSITIVE = st.floats(1e-3, 1e3)
HILLS = st.floats(0.3, 6.0)
#: The curve and its derivatives by dose, EC50 and Hill coefficient, compiled.
SLOPES = jax.jit(
    jax.value_and_grad(lambda *numbers: occupancy(*map(jnp.asarray, numbers)), argnums=(0, 1, 2))
)


@given(dose=st.floats(1e-4, 1e4), ec50=POSITIVE, hill=HILLS)
def test_the_curve_is_that_of_hill(dose, ec50, hill):
    power = (dose / ec50) ** hill
    np.testing.assert_allclose(occupancy(dose, ec50, hill), power / (1 + power), rtol=1e-12)


@given(ec50=POSITIVE, hill=HILLS, low=st.floats(0, 1e3), more=st.floats(0, 1e3))
def test_more_drug_never_takes_less(ec50, hill, low, more):
    one, two = occupancy(np.array([low, low + more]), ec50, hill)
    assert 0 <= one <= two <= 1


@given(ec50=POSITIVE, hill=HILLS)
def test_dose_zero_is_exactly_nothing_with_finite_slopes(ec50, hill):
    value, slopes = SLOPES(0.0, ec50, hill)
    assert float(value) == float(occupancy(0.0, ec50, hill)) == 0.0
    assert np.isfinite(slopes).all()
    assert slopes[1] == slopes[2] == 0.0  # nothing at all, whatever the curve


def test_at_dose_zero_the_slope_of_a_plain_curve_is_that_of_its_formula():
    slope = jax.grad(occupancy)(jnp.asarray(0.0), jnp.asarray(2.0), jnp.asarray(1.0))
    np.testing.assert_allclose(slope, 0.5, rtol=1e-6)


def test_slopes_are_those_of_differences():
    def total(z):
        doses = jnp.array([1e-3, 0.4, 2.0, 50.0])
        return jnp.sum(jnp.arange(1.0, 5.0) * occupancy(doses, jnp.exp(z[0]), jnp.exp(z[1])))

    at, step = jnp.array([0.3, 0.2]), 1e-6
    differences = [(total(at + e) - total(at - e)) / (2 * step) for e in step * np.eye(2)]
    np.testing.assert_allclose(jax.grad(total)(at), differences, rtol=1e-6)
    np.testing.assert_allclose(
        jax.grad(occupancy)(jnp.asarray(2.0), jnp.asarray(2.0), jnp.asarray(3.0)), 3 / 8, rtol=1e-12
    )  # h / (4 EC50) in the middle


def test_only_the_columns_of_drugs_are_turned_into_occupancies():
    u = np.array([[0.5, 2.0, -1.0], [0.0, 0.0, 3.0]])
    curves = DoseCurves(ec50=np.array([2.0]), hill=np.array([1.0]), columns=(1,))
    wanted = np.array([[0.5, 0.5, -1.0], [0.0, 0.0, 3.0]])
    np.testing.assert_allclose(curves(u), wanted)
    np.testing.assert_allclose(eqx.filter_jit(curves)(jnp.asarray(u)), wanted)
    assert u[0, 1] == 2.0  # what was given stays
