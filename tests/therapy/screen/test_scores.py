"""Excesses of two and three drugs, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy.screen.scores import effect_from_pairs

EDGES = {("a", "p"): 0.7, ("b", "q"): 0.9, ("c", "p"): 0.4, ("p", "growth"): 0.8, ("q", "growth"): 0.6}
OPTIONS = {"readout": "growth", "doses": {"a": [-0.5, -2.0], "b": [-1.0], "c": [-3.0]}, "order": 3}
_fraction = st.floats(0.05, 1.0)


@given(st.tuples(*[_fraction] * 3), st.tuples(*[_fraction] * 3))
def test_three_drugs_that_interact_in_pairs_leave_what_the_formula_says(left, factors):
    # v_ij = v_i v_j f_k, where f_k is what drugs other than k do together
    v, f = np.array(left), np.array(factors)
    pairs = 1.0 - np.array([v[1] * v[2] * f[0], v[0] * v[2] * f[1], v[0] * v[1] * f[2]])
    expected = np.clip(v.prod() * (f.sum() - 2.0), 0.0, 1.0)
    assert effect_from_pairs(1.0 - v, pairs) == pytest.approx(1.0 - expected, abs=1e-12)


def test_independent_drugs_have_nothing_emergent_and_a_useless_third_drug_changes_nothing():
    alone = np.array([0.3, 0.6, 0.2])
    pairs = np.array([1 - 0.4 * 0.8, 1 - 0.7 * 0.8, 1 - 0.7 * 0.4])
    assert effect_from_pairs(alone, pairs) == pytest.approx(1 - 0.7 * 0.4 * 0.8)
    # drugs 1 and 2 interact, drug 3 does nothing
    assert effect_from_pairs(np.array([0.3, 0.6, 0.0]), np.array([0.6, 0.3, 0.95])) == pytest.approx(0.95)


def test_a_triple_is_scored_against_its_parts(network):
    screen = hc.screen_combinations(network(EDGES), **OPTIONS)
    x = {}
    for given_drugs in ("", "a", "b", "c", "ab", "ac", "bc", "abc"):
        u = {"a": -2.0, "b": -1.0, "c": -3.0}
        doses = {d: u[d] for d in given_drugs}
        settled = hc.steady_state(network(EDGES), conditions=doses or None)
        x[given_drugs] = float(settled.to_df()["growth"].iloc[0])
    y = {drugs: 1 - min(2.0**value, 1.0) for drugs, value in x.items()}
    row = screen.top(10, by="effect", per_combination=False, order=3).iloc[0]
    assert (row["drug_a"], row["drug_b"], row["drug_c"]) == ("a", "b", "c")
    assert (row["dose_a"], row["dose_b"], row["dose_c"]) == (2, 1, 3)
    assert row["effect"] == pytest.approx(y["abc"], abs=1e-7)
    assert row["bliss"] == pytest.approx(y["abc"] - 1 + (1 - y["a"]) * (1 - y["b"]) * (1 - y["c"]), abs=1e-7)
    assert row["hsa"] == pytest.approx(y["abc"] - max(y[d] for d in "abc"), abs=1e-7)
    assert row["additive"] == pytest.approx(-(x["abc"] - x["a"] - x["b"] - x["c"]), abs=1e-7)
    left = (1 - y["a"]) * (1 - y["bc"]) + (1 - y["b"]) * (1 - y["ac"]) + (1 - y["c"]) * (1 - y["ab"])
    left -= 2 * (1 - y["a"]) * (1 - y["b"]) * (1 - y["c"])
    assert row["emergent"] == pytest.approx(y["abc"] - (1 - left), abs=1e-7)
    assert abs(row["emergent"]) > 1e-3


def test_probabilities_of_triples_count_the_members(network):
    models = [network({**EDGES, ("a", "growth"): w}) for w in (0.1, 0.2, -0.3, 0.6)]
    screen = hc.screen_combinations(Ensemble.from_models(models), **OPTIONS)
    alone = [hc.screen_combinations(model, **OPTIONS) for model in models]
    for score in ("emergent", "bliss", "hsa"):
        each = np.stack([s.surface("a", "b", score, at={"c": 3}).to_numpy() for s in alone])[:, 1:, 1:]
        found = screen.surface("a", "b", f"{score}_probability", at={"c": 3}).to_numpy()[1:, 1:]
        np.testing.assert_array_equal(found, (each > 1e-6).mean(axis=0))
        np.testing.assert_allclose(
            screen.surface("a", "b", f"{score}_upper", at={"c": 3}).to_numpy()[1:, 1:],
            np.quantile(each, 0.95, axis=0),
            atol=1e-9,
        )


def test_pairs_have_no_emergent_excess(network):
    screen = hc.screen_combinations(network(EDGES), **OPTIONS)
    assert screen.surface("a", "b", "emergent").isna().all(axis=None)
    assert (screen.top(10, by="emergent")["drug_c"] == "c").all()
    pairs = hc.screen_combinations(network(EDGES), **{**OPTIONS, "order": 2})
    with pytest.raises(InvalidValueError, match="order=3"):
        pairs.top(by="emergent")
