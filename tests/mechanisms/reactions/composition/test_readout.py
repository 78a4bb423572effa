"""A learned readout: read from states, felt by none."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from tests.mechanisms.reactions.composition.hybrids import CHAIN, NUMPY, change, observed, shaken, states
from tests.tolerances import ANALYTIC

KEY = jr.key(0)
seeds = st.integers(0, 10**6)
weights = settings(max_examples=20, deadline=None)


def with_signal(name="signal", inputs=("A", "B"), network=CHAIN, **options):
    return network + hc.NeuralReadout(name, inputs, **{"width": 3, "key": KEY, **options})


@given(seed=seeds, output=st.sampled_from(["linear", "positive", "fraction"]))
@weights
def test_it_feeds_back_on_nothing(seed, output):
    model = shaken(with_signal(output=output), seed, 3.0)
    x = states(CHAIN, seed)
    assert_allclose(change(model, x), change(CHAIN, x), **ANALYTIC)
    assert model.equations.states == CHAIN.equations.states


@given(seed=seeds)
@weights
def test_outputs_stay_in_their_range(seed):
    x = 10 * states(CHAIN, seed)
    found = {
        output: observed(shaken(with_signal(output=output), seed, 3.0), "signal", x)
        for output in ("linear", "positive", "fraction")
    }
    with np.errstate(over="ignore"):
        assert_allclose(found["positive"], np.exp(found["linear"]), rtol=1e-9)
    assert_allclose(found["fraction"], 0.5 * (1 + np.tanh(found["linear"] / 2)), atol=1e-12)
    assert ((found["fraction"] >= 0) & (found["fraction"] <= 1)).all()


@pytest.mark.parametrize(("output", "first"), [("linear", 0.0), ("positive", 1.0), ("fraction", 0.5)])
def test_it_starts_flat(output, first):
    assert_allclose(observed(with_signal(output=output), "signal", states(CHAIN, 0)), first)


@given(seed=seeds, step=st.floats(1e-3, 10), output=st.sampled_from(["linear", "positive", "fraction"]))
@weights
def test_it_is_monotonic_in_what_is_named(seed, step, output):
    model = shaken(with_signal(increasing=["A"], decreasing=["B"], output=output), seed)
    x = states(CHAIN, seed)
    before = observed(model, "signal", x)
    for id, sign in (("A", 1), ("B", -1)):
        more = x.copy()
        more[model.equations.states.index(id)] += step
        assert (sign * (observed(model, "signal", more) - before) >= -1e-9 * (1 + before)).all()


@given(seed=seeds)
@weights
def test_a_bound_holds(seed):
    model = shaken(with_signal(bound=0.5), seed, 10.0)
    assert np.abs(observed(model, "signal", states(CHAIN, seed))).max() <= 0.5 * (1 + 1e-12)


def test_it_is_one_of_the_ids_that_a_simulation_gives():
    model = shaken(with_signal(inputs=["total", "turn", "time", "k1"]), 0)
    found = hc.simulate(model, t1=3.0, n_points=7, solve=NUMPY)
    assert found["signal"].shape == (1, 7)
    assert "signal" in found.to_dataframe(concentrations=["signal"]) or np.ptp(found["signal"]) > 0
    assert_allclose(found["A"], hc.simulate(CHAIN, t1=3.0, n_points=7, solve=NUMPY)["A"], rtol=1e-6)


def test_a_readout_can_be_read_by_the_next():
    model = with_signal() + hc.NeuralReadout("second", ["signal", "A"], key=KEY)
    assert [hole.targets for hole in model.holes] == [("signal",), ("second",)]
    assert np.isfinite(observed(shaken(model, 0), "second", states(CHAIN, 0))).all()


@pytest.mark.parametrize(
    ("name", "inputs", "error", "message"),
    [
        ("A", ["B"], InvalidValueError, "has an element 'A' already; give the readout another name"),
        ("turn", ["B"], InvalidValueError, "has an element 'turn' already"),
        ("k1", ["B"], InvalidValueError, "has an element 'k1' already"),
        ("time", ["B"], InvalidValueError, "'time'"),
        ("my signal", ["B"], InvalidValueError, "'my signal' is no id"),
        ("", ["B"], InvalidValueError, "'' is no id"),
        ("1st", ["B"], InvalidValueError, "'1st' is no id"),
        ("größe", ["B"], InvalidValueError, "'größe' is no id"),
        ("signal", ["Bb"], UnknownNameError, r"\(named as an input\) 'Bb'. Did you mean 'B'"),
        ("signal", ["signal"], UnknownNameError, r"\(named as an input\) 'signal'"),
    ],
)
def test_bad_readouts_are_refused(name, inputs, error, message):
    with pytest.raises(error, match=message):
        with_signal(name, inputs)


def test_a_name_is_taken_once():
    with pytest.raises(InvalidValueError, match="has an element 'signal' already"):
        with_signal(network=with_signal())
