"""A parameter as a function of covariates."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from tests.mechanisms.reactions.composition.hybrids import (
    CHAIN,
    ENZYME,
    NUMPY,
    by_id,
    change,
    observed,
    shaken,
    states,
)
from tests.tolerances import ANALYTIC

KEY = jr.key(0)
seeds = st.integers(0, 10**6)
weights = settings(max_examples=20, deadline=None)


def with_piece(parameter="kcat", covariates=("line_A", "line_B"), network=ENZYME, **options):
    return network + hc.NeuralParameter(parameter, covariates, **{"width": 3, "key": KEY, **options})


def value(model, id="kcat"):
    return observed(model, id, states(model, 0)).flat[0]


@pytest.mark.parametrize(
    "options", [{}, {"width": 0}, {"depth": 2, "bound": 1.0}, {"positive": False}], ids=str
)
def test_it_starts_at_the_parameter_for_all_covariates(options):
    model = with_piece(**options)
    x = states(ENZYME, 0)
    for given_ in ({}, {"line_A": 1.0}, {"line_A": -2.0, "line_B": 3.0}):
        moved = model.with_values(given_)
        assert_allclose(change(moved, x), change(ENZYME, x), **ANALYTIC)


def test_covariates_are_constants_of_value_zero():
    model = with_piece()
    assert by_id(model)["line_A"] == by_id(model)["line_B"] == 0.0
    assert not model.holes.freedoms["line_A"].trainable
    assert "kcat" not in model.equations.constants
    assert (by_id(model)["nn_kcat_base"], model.holes.freedoms["nn_kcat_base"].transform) == (0.8, "log")


@given(seed=seeds)
@weights
def test_where_all_covariates_are_zero_a_linear_one_is_the_base(seed):
    model = shaken(with_piece(width=0), seed)
    assert_allclose(value(model), 0.8)
    w = [by_id(model)[id] for id in model.holes.holes[0].weights]
    assert_allclose(value(model.with_values({"line_A": 1.0})), 0.8 * np.exp(w[0]))
    assert_allclose(value(model.with_values({"line_A": 1.0, "line_B": 2.0})), 0.8 * np.exp(w[0] + 2 * w[1]))


@given(seed=seeds, a=st.floats(-3, 3), b=st.floats(-3, 3))
@weights
def test_a_positive_parameter_stays_so_and_within_its_bound(seed, a, b):
    model = shaken(with_piece(bound=0.5), seed, 5.0).with_values({"line_A": a, "line_B": b})
    assert 0.8 * np.exp(-0.5) * (1 - 1e-9) <= value(model) <= 0.8 * np.exp(0.5) * (1 + 1e-9)


@given(seed=seeds, step=st.floats(1e-3, 5))
@weights
def test_it_is_monotonic_in_what_is_named(seed, step):
    model = shaken(with_piece(increasing=["line_A"], decreasing=["line_B"]), seed)
    assert value(model.with_values({"line_A": step})) >= value(model) * (1 - 1e-12)
    assert value(model.with_values({"line_B": step})) <= value(model) * (1 + 1e-12)


def test_it_adds_where_the_parameter_may_change_sign():
    model = shaken(with_piece(positive=False, width=0), 0).with_values({"line_A": 100.0})
    w = by_id(model)[model.holes.holes[0].weights[0]]
    assert_allclose(value(model), 0.8 + 100 * w)
    negative = ENZYME.with_values({"kcat": -0.5})
    assert_allclose(value(with_piece(network=negative)), -0.5)
    assert with_piece(network=negative).holes.freedoms["nn_kcat_base"].transform == "identity"


def test_a_constant_that_is_there_can_be_a_covariate():
    model = shaken(with_piece(covariates=["kd", "cell"]), 0)
    assert [*model.equations.constants].count("kd") == 1
    assert value(model) != value(model.with_values({"kd": 2.0}))


def test_two_pieces_share_a_covariate():
    model = with_piece() + hc.NeuralParameter("kf", ["line_A"], key=KEY)
    assert [*model.equations.constants].count("line_A") == 1
    moved = shaken(model, 0).with_values({"line_A": 1.0})
    assert value(moved) != 0.8
    assert value(moved, "kf") != 1.0


def test_conditions_set_covariates():
    model = shaken(with_piece(), 1)
    alone = [
        hc.simulate(model.with_values({"line_A": a}), t1=2.0, n_points=5, solve=NUMPY) for a in (0.0, 1.0)
    ]
    both = hc.simulate(model, t1=2.0, n_points=5, conditions=[{"line_A": 0.0}, {"line_A": 1.0}], solve=NUMPY)
    for found, wanted in zip(both.values, alone):
        assert_allclose(found, wanted.values[0], rtol=1e-6)
    assert not np.allclose(both.values[0], both.values[1])


def test_going_back_gives_the_base():
    model = with_piece().with_values({"nn_kcat_base": 2.5, "kd": 0.7})
    assert by_id(model.mechanistic_only())["kcat"] == 2.5
    assert by_id(model.mechanistic_only())["kd"] == 0.7
    changed = with_piece(network=ENZYME.with_values({"kcat": 3.0}))
    assert by_id(changed.mechanistic_only())["kcat"] == 3.0
    later = (changed.with_values({"nn_kcat_base": 4.0})).replace("pair", hc.NeuralRate(key=KEY))
    assert by_id(later.mechanistic_only())["kcat"] == 4.0


@pytest.mark.parametrize(
    ("parameter", "options", "error", "message"),
    [
        ("kcatt", {}, UnknownNameError, "no parameter 'kcatt'. Did you mean 'kcat'"),
        ("S", {}, UnknownNameError, "no parameter 'S'"),
        ("kcat", {"covariates": ["bind"]}, InvalidValueError, "Covariate 'bind' is no constant"),
        ("kcat", {"covariates": ["time"]}, InvalidValueError, "Covariate 'time'"),
        ("kcat", {"covariates": ["kcat"]}, InvalidValueError, "Covariate 'kcat' is the parameter itself"),
        ("kcat", {"covariates": ["cell line"]}, InvalidValueError, "Covariate 'cell line' is no id"),
    ],
)
def test_bad_pieces_are_refused(parameter, options, error, message):
    with pytest.raises(error, match=message):
        with_piece(parameter, **options)


@pytest.mark.parametrize("id", ["A", "y", "total"])
def test_what_moves_is_no_covariate(id):
    """Read at the start, it would be taken for its initial value."""
    with pytest.raises(InvalidValueError, match=rf"Covariate '{id}' is no constant.*\(NeuralRate\)"):
        with_piece("k1", covariates=[id], network=CHAIN)


def test_a_species_that_is_held_can_be_a_covariate():
    model = shaken(with_piece("k1", covariates=["F"], network=CHAIN), 0)
    assert value(model, "k1") != value(model.with_values({"F": 1.0}), "k1")


def test_a_parameter_that_is_no_constant_is_refused():
    for id in ("total", "y"):
        with pytest.raises(InvalidValueError, match=f"{id}.*is set by a rule, an event or an assignment"):
            with_piece(id, network=CHAIN)
    with pytest.raises(InvalidValueError, match="'kcat' is set by a rule"):
        with_piece(network=with_piece())


def test_a_sign_against_the_value_is_refused():
    with pytest.raises(InvalidValueError, match=r"positive=True, but parameter 'kcat' is -0.5"):
        with_piece(network=ENZYME.with_values({"kcat": -0.5}), positive=True)
