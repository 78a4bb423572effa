from __future__ import annotations

import jax.random as jr
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.reactions.composition.overridden import residuals_on, without_residuals_on
from tests.mechanisms.reactions.composition.hybrids import CHAIN, change, shaken, states
from tests.tolerances import ANALYTIC

KEY = jr.key(0)


def residual(*outputs):
    return hc.NeuralResidual(inputs=["A"], outputs=list(outputs), width=2, key=KEY)


def rate(**options):
    return hc.NeuralRate(["A"], width=2, key=KEY, **options)


def learned_ids(network):
    return [id for id in network.equations.observables if id.startswith("nn_")]


def test_a_residual_goes_with_the_law_that_it_was_added_to():
    hybrid = (CHAIN + residual("turn")).replace("turn", rate())
    alone = CHAIN.replace("turn", rate())
    assert [hole.kind for hole in hybrid.holes] == ["rate"]
    assert learned_ids(hybrid) == learned_ids(alone)
    assert hybrid.holes.freedoms == alone.holes.freedoms
    x = states(CHAIN, 0)
    assert_allclose(change(hybrid, x), change(alone, x), **ANALYTIC)
    assert hybrid.mechanistic_only().reactions["turn"].law is CHAIN.reactions["turn"].law


def test_residuals_elsewhere_and_around_a_law_stay():
    hybrid = CHAIN + residual("turn") + residual("A")
    assert [hole.kind for hole in hybrid.replace("turn", rate(around="law")).holes] == [
        "residual", "residual", "rate",
    ]  # fmt: skip
    (kept, _) = hybrid.replace("turn", rate()).holes
    assert kept.targets == ("A",)
    assert kept.id == "nn_residual2"


def test_without_its_residual_a_reaction_runs_as_before_and_values_stay():
    changed = shaken((CHAIN + residual("turn")).with_values({"Km": 0.9}), 1)
    bare = without_residuals_on(changed, "turn")
    x = states(CHAIN, 1)
    assert_allclose(change(bare, x), change(CHAIN.with_values({"Km": 0.9}), x), **ANALYTIC)
    assert len(bare.holes) == 0
    assert not learned_ids(bare)
    assert without_residuals_on(CHAIN, "turn") is CHAIN


def test_a_residual_that_adds_to_other_rates_is_not_taken_out():
    hybrid = CHAIN + residual("turn", "A")
    for ask in (lambda: hybrid.replace("turn", rate()), lambda: residuals_on(hybrid, "turn")):
        with pytest.raises(InvalidValueError, match=r"'nn_residual' adds to.*'turn'.*to A.*mechanistic_only"):
            ask()
