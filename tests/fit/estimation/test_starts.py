from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import draw_starts
from hybridcell.fit.estimation.objective import Evaluator
from hybridcell.fit.estimation.priors import scipy_distribution
from hybridcell.fit.estimation.starts import STARTS, box, generator
from hybridcell.io.petab.statement import PetabParameter, Prior
from tests.fit.estimation.objectives import failing

inf = np.inf


def objective(lower, upper, **more):
    names = [f"p{i}" for i in range(len(lower))]
    return SimpleNamespace(names=names, lower=np.array(lower), upper=np.array(upper), **more)


@pytest.mark.parametrize("how", STARTS)
@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    n=st.integers(1, 20),
    ends=st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0, 1e3)), min_size=1, max_size=4),
)
def test_law_starts_are_within_the_bounds_and_follow_the_key(how, seed, n, ends):
    lower, upper = [a for a, _ in ends], [a + b for a, b in ends]
    o = objective(lower, upper, parameters=[PetabParameter(id="p")] * len(ends))
    found = draw_starts(o, n, how, key=jax.random.key(seed)).thetas
    assert found.shape == (n, len(ends))
    assert ((found >= o.lower) & (found <= o.upper)).all()
    assert found.tobytes() == draw_starts(o, n, how, key=jax.random.key(seed)).thetas.tobytes()
    other = draw_starts(o, n, how, key=jax.random.key(seed + 1)).thetas
    assert (found != other).any() or max(b for _, b in ends) < 1e-6


def test_a_latin_hypercube_has_one_start_in_each_part_of_each_axis():
    found = draw_starts(objective([0.0] * 3, [1.0] * 3), 16, "latin-hypercube", key=jax.random.key(0)).thetas
    np.testing.assert_array_equal(np.sort(np.floor(16 * found), axis=0), np.tile(np.arange(16.0)[:, None], 3))


def test_sobol_points_are_spread_evenly():
    found = draw_starts(objective([0.0] * 2, [1.0] * 2), 64, "sobol", key=jax.random.key(0)).thetas
    counts, *_ = np.histogram2d(*found.T, bins=4, range=[[0, 1]] * 2)
    assert (counts == 4).all()


def test_sides_without_a_bound_have_one_for_starts():
    low, high = box(np.array([-inf, -2.0, -inf, -inf]), np.array([inf, inf, 3.0, -1.0]))
    np.testing.assert_array_equal(low, [-5.0, -2.0, -27.0, -11.0])
    np.testing.assert_array_equal(high, [5.0, 18.0, 3.0, -1.0])


def test_priors_say_where_starts_are():
    normal = Prior(family="normal", parameters=(2.0, 0.1))
    wide = Prior(family="log-normal", parameters=(0.0, 1.0))
    parameters = [
        PetabParameter(id="a", prior=normal),
        PetabParameter(id="b", prior=normal, start_prior=wide, scale="log", lower=1e-9, upper=1e9),
        PetabParameter(id="c", lower=-1.0, upper=1.0),
    ]
    o = objective([-inf, np.log(1e-9), -1.0], [inf, np.log(1e9), 1.0], parameters=parameters)
    found = draw_starts(o, 2000, "prior", key=jax.random.key(0)).thetas
    np.testing.assert_allclose(found.mean(0), [2.0, 0.0, 0.0], atol=0.08)
    np.testing.assert_allclose(found.std(0), [0.1, 1.0, 1 / np.sqrt(3)], rtol=0.06)
    assert scipy_distribution(normal).mean() == 2.0
    with pytest.raises(InvalidValueError, match="needs an objective with `parameters`"):
        draw_starts(objective([0.0], [1.0]), 2, "prior", key=jax.random.key(0))


def test_starts_that_fail_are_drawn_again_and_counted():
    o = failing()
    found = draw_starts(o, 20, "uniform", evaluate=Evaluator(o, 8), key=jax.random.key(0))
    assert np.isfinite(o.values(found.thetas)).all()
    assert found.redrawn > 0
    assert found.failing == 0
    once = draw_starts(o, 20, "uniform", evaluate=Evaluator(o, 8), rounds=0, key=jax.random.key(0))
    assert once.redrawn == 0
    assert once.failing == np.sum(~np.isfinite(o.values(once.thetas))) > 0


def test_keys_of_all_kinds():
    a = generator(jax.random.key(3)).random()
    assert a == generator(jax.random.PRNGKey(3)).random()
    assert a != generator(jax.random.key(4)).random()
    with pytest.raises(InvalidValueError, match="wanted one as"):
        generator(0.5)


def test_scipy_is_loaded_when_first_used():
    code = (
        "import jax, diffrax, optax, sys; had = 'scipy.stats' in sys.modules; import hybridcell;"
        "import hybridcell.fit.estimation.multi_start, hybridcell.fit.estimation.trust_region;"
        "print(had or 'scipy.stats' not in sys.modules, 'scipy.optimize' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_of_several_candidates_the_best_is_the_start():
    o = failing()
    one = draw_starts(o, 8, "latin-hypercube", evaluate=Evaluator(o, 8), candidates=25, key=jax.random.key(0))
    drawn = draw_starts(o, 200, "latin-hypercube", key=jax.random.key(0)).thetas
    values = np.where(np.isnan(v := np.asarray(o.values(drawn))), np.inf, v).reshape(25, 8)
    np.testing.assert_array_equal(one.thetas, drawn.reshape(25, 8, 2)[values.argmin(axis=0), np.arange(8)])
    assert one.redrawn == 0
    assert one.failing == 0
