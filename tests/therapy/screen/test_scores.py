"""Excesses of two and three drugs, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy import EffectScale
from hybridcell.therapy.screen.scores import Summary, effect_from_pairs, summarize

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


responses = st.floats(-3.0, 1.0).map(lambda x: round(x, 3))
every = st.lists(responses, min_size=8, max_size=8)
CUBE = [[0.0, -1.0], [0.0, -2.0], [0.0, -3.0]]


@given(every, st.sampled_from(["lower", "higher"]))
@settings(max_examples=20)
def test_scores_are_their_definitions_whichever_way_is_better(made_screen, x, better):
    sign = -1.0 if better == "lower" else 1.0
    screen = made_screen(CUBE, [x], order=3, scale=EffectScale("log2", better))
    control, single, pair, triple = x[0], np.array(x[1:4]), np.array(x[4:7]), x[7]
    left = lambda value: np.minimum(2.0 ** -(sign * (value - control)), 1.0)  # noqa: E731
    at = {"at": {"c": 3.0}}
    found = {
        s: screen.surface("a", "b", s, **at).to_numpy()[1, 1]
        for s in ("bliss", "hsa", "additive", "emergent")
    }
    assert found["bliss"] == pytest.approx(left(single).prod() - left(triple), abs=1e-9)
    assert found["hsa"] == pytest.approx(left(single).min() - left(triple), abs=1e-9)
    excess = sign * (triple - control) - (sign * (single - control)).sum()
    assert found["additive"] == pytest.approx(excess, abs=1e-9)
    # pairs are ab, ac, bc; each meets the drug that it lacks
    expected = (left(single)[::-1] * left(pair)).sum() - 2 * left(single).prod()
    assert found["emergent"] == pytest.approx(np.clip(expected, 0, 1) - left(triple), abs=1e-9)


@given(every, st.permutations(range(3)))
@settings(max_examples=15)
def test_names_of_drugs_change_no_score(made_screen, x, order):
    cube = np.empty((2, 2, 2))
    places = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1)]
    for place, value in zip(places, x):
        cube[place] = value
    turned = cube.transpose(order)
    screens = [made_screen([[0.0, -1.0]] * 3, [[c[p] for p in places]], order=3) for c in (cube, turned)]
    for score in ("bliss", "hsa", "additive", "emergent"):
        one, other = (s.surface("a", "b", score, at={"c": 1.0}).to_numpy()[1, 1] for s in screens)
        assert one == pytest.approx(other, abs=1e-9)


def test_a_state_that_is_not_solved_leaves_unknown_what_needs_it(made_screen):
    x = np.array([0.0, -1.0, -0.5, -0.2, -2.0, -1.5, -1.0, -3.0])
    known = {}
    for lost in range(8):
        part = x.copy()
        part[lost] = np.nan
        screen = made_screen(CUBE, [part], order=3)
        known[lost] = [
            not np.isnan(screen.summary(s).mean[7])
            for s in ("effect", "bliss", "hsa", "additive", "emergent")
        ]
    assert known[0] == known[7] == [False] * 5
    assert known[1] == known[2] == known[3] == [True, False, False, False, False]
    assert known[4] == known[5] == known[6] == [True, True, True, True, False]


@given(st.lists(st.lists(st.floats(-1, 1) | st.just(np.nan), min_size=4, max_size=4), min_size=1, max_size=5))
@settings(max_examples=25)
def test_a_summary_is_that_of_the_members_that_are_solved(rows):
    values = np.array(rows)
    found = summarize(values)
    for k, column in enumerate(values.T):
        solved = column[~np.isnan(column)]
        numbers = [found.mean[k], found.lower[k], found.upper[k], found.positive[k]]
        if not solved.size:
            assert np.isnan(numbers).all()
            continue
        wanted = [solved.mean(), *np.quantile(solved, [0.05, 0.95]), (solved > 1e-6).mean()]
        np.testing.assert_allclose(numbers, wanted, atol=1e-12)
    rows = np.array([2, 0])
    parts = Summary.joined([found.of(slice(0, 1)), found.of(slice(1, 4))])
    np.testing.assert_array_equal(parts.of(rows).lower, found.lower[rows])
