"""Laws of the library as formulas: what each must do whatever its constants are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions.expression import leaves
from hybridcell.fit.distillation.factors import modulations
from hybridcell.fit.distillation.library import (
    modulated_laws,
    plain_laws,
    reversible_laws,
    twice_modulated_laws,
)
from hybridcell.fit.distillation.scope import varying
from hybridcell.fit.distillation.symbolic import symbolic_laws
from hybridcell.hybrid.formulas import evaluate

from .conftest import learned_from, scope_of

POINTS = {id: np.exp(np.random.default_rng(i).normal(size=15)) for i, id in enumerate(("S", "T", "P", "I"))}
RATES = np.full(15, 0.7)


def scope(substrates="S", products="P", **options):
    return scope_of(POINTS, RATES, substrates=tuple(substrates), products=tuple(products), **options)


def drawn(law, seed):
    rng = np.random.default_rng(seed)
    values = {c.id: float(np.clip(np.exp(rng.normal()), *c.freedom.bounds)) for c in law.constants}
    return law.with_values(values)


@pytest.mark.parametrize("substrates", ["", "S", "ST", "STI"])
def test_every_law_begins_at_the_usual_rate_and_names_its_constants_once(substrates):
    here = scope(substrates)
    laws = [*plain_laws(here), *modulated_laws(here)]
    laws += twice_modulated_laws(here, laws[-3:]) + symbolic_laws(here, learned_from(POINTS, RATES))
    assert len({law.name for law in laws}) == len(laws)
    usual = {id: np.array([size]) for id, size in here.sizes.items()}
    for law in laws:
        ids = [c.id for c in law.constants]
        assert len(set(ids)) == len(ids), law.name
        assert {*leaves([law.math], "symbol")} <= {*ids, *here.inputs, *here.products}, law.name
        assert not {*ids} & here.taken
        at_scale = law.rates(usual)
        if "reversible" not in law.name and law.kind == "kinetic":
            assert float(at_scale[0]) == pytest.approx(here.rate, rel=1e-9), law.name


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_law_without_a_substrate_nothing_runs(seed):
    laws = [law for law in plain_laws(scope("S", "")) if law.name != "constant rate"]
    for law in laws:
        tiny = drawn(law, seed).rates({**POINTS, "S": np.full(15, 1e-30)})
        assert (tiny >= 0).all()
        assert (tiny <= 1e-6).all(), law.name


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_law_reversible_rates_vanish_at_equilibrium_and_change_sign_there(seed):
    mass_action, michaelis = (drawn(law, seed) for law in reversible_laws(scope()))
    for law in (mass_action, michaelis):
        keq = next(c.value for c in law.constants if c.id == "v_Keq")
        for share, sign in ((0.5, 1.0), (1.0, 0.0), (2.0, -1.0)):
            rates = law.rates({**POINTS, "P": share * keq * POINTS["S"]})
            size = np.abs(law.rates({**POINTS, "P": np.zeros(15)}))
            np.testing.assert_array_equal(np.where(np.abs(rates) > 1e-12 * size, np.sign(rates), 0.0), sign)


def test_what_has_no_way_back_has_no_reversible_law():
    assert reversible_laws(scope("", "P")) == reversible_laws(scope("S", "")) == []
    assert reversible_laws(scope("S", "S")) == []
    assert [law.name for law in reversible_laws(scope("ST", "P"))] == ["reversible mass action"]


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_law_a_reaction_that_runs_backward_has_the_same_laws_with_a_minus_sign(seed):
    forward, backward = plain_laws(scope()), plain_laws(scope(backward=True))
    assert [law.name for law in forward] == [law.name for law in backward]
    for one, other in zip(forward, backward):
        np.testing.assert_array_equal(drawn(one, seed).rates(POINTS), -drawn(other, seed).rates(POINTS))


@settings(max_examples=20)
@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(1, 8))
def test_law_activations_rise_and_inhibitions_fall_between_their_limits(x, half, n):
    here = scope()
    values = {f"v_K{kind}_I": np.array(half) for kind in "ai"} | {
        "v_gain_I": np.array(2.0),
        "v_n_I": np.array(n),
    }
    for factor in modulations(here, "I"):
        low, mid, high, end = (
            float(evaluate(factor.math, {**values, "I": np.array(v)})) for v in (x, 1.5 * x, 2 * x, 1e30)
        )
        if "inhibition" in factor.name:
            assert 1 >= low > mid > high >= 0, factor.name
            assert end == pytest.approx(0.0, abs=1e-2), factor.name
        else:
            assert 0 <= low < mid < high, factor.name
            wanted = {"first order in I": 1e30, "nonessential activation by I": 3.0}.get(factor.name, 1.0)
            assert end == pytest.approx(wanted, rel=1e-2), factor.name


def test_stoichiometries_are_exponents_of_mass_action():
    here = dataclasses.replace(scope("ST"), substrates={"S": 2.0, "T": 1.0})
    law = next(law for law in plain_laws(here) if law.name == "mass action").with_values({"v_k": 3.0})
    np.testing.assert_allclose(law.rates(POINTS), 3.0 * POINTS["S"] ** 2 * POINTS["T"], rtol=1e-12)


def test_values_of_constants_that_a_law_does_not_have_change_nothing():
    law = next(law for law in plain_laws(scope()) if law.name == "Michaelis-Menten in S")
    same = law.with_values({"nothing": 3.0})
    assert [c.value for c in same.constants] == [c.value for c in law.constants]
    assert same.formula == law.formula == "v_Vmax*S/(S + v_Km_S)"


def test_inputs_that_hardly_move_have_no_part_in_laws():
    points = {
        "moves": np.array([1.0, 1.03]),
        "rests": np.array([1.0, 1.01]),
        "zero": np.zeros(2),
        "sign": np.array([-1.0, 1.0]),
    }
    assert varying(points, ["rests", "moves", "zero", "unknown", "sign"]) == ("moves", "sign")
