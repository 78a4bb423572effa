"""Laws of effects, scores, risks and of how a screen is cut: bounds, symmetries, units."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy import EffectScale
from hybridcell.therapy.optimization.risk import RISKS, weights_of_risk
from hybridcell.therapy.screen.blocks import CALL, Blocks
from hybridcell.therapy.screen.design import Design
from hybridcell.therapy.screen.dose_levels import read_levels
from hybridcell.therapy.screen.scores import (
    EMERGENT,
    SCORES,
    Responses,
    effect_from_pairs,
    member_scores,
    summarize,
)
from hybridcell.therapy.triples.rules import BASES, RULES, build

scales = st.builds(
    EffectScale, st.sampled_from(["log2", "ln", "log10", "linear"]), st.sampled_from(["lower", "higher"])
)
responses = arrays(float, 5, elements=st.floats(-4.0, 4.0))
fractions = st.floats(0.0, 1.0)


@settings(max_examples=40)
@given(scales, responses, st.floats(-2.0, 2.0))
def test_effects_are_fractions_that_rise_with_the_wanted_change(scale, response, control):
    effect = scale.effect(response, control)
    assert ((effect >= 0) & (effect <= 1)).all()
    order = np.argsort(scale.sign * response)
    assert (np.diff(effect[order]) >= 0).all()
    assert not effect[scale.sign * (response - control) <= 0].any()
    # the control of both may be moved; what lies on the other side is the effect of the opposite wish
    np.testing.assert_allclose(scale.effect(response - control), effect, atol=1e-12)
    other = EffectScale(scale.scale, "higher" if scale.better == "lower" else "lower")
    np.testing.assert_allclose(other.effect(-response, -control), effect, atol=1e-12)
    assert not (other.effect(response, control) * effect).any()


@settings(max_examples=40)
@given(responses)
def test_the_base_of_a_logarithm_is_only_a_unit(response):
    wanted = EffectScale("ln").effect(response)
    np.testing.assert_allclose(EffectScale("log2").effect(response / np.log(2)), wanted, atol=1e-12)
    np.testing.assert_allclose(EffectScale("log10").effect(response / np.log(10)), wanted, atol=1e-12)


def test_endless_responses_are_full_effects_or_none():
    for scale in ("log2", "linear"):
        found = EffectScale(scale).effect([-np.inf, np.inf, np.nan, -1e308, 0.0])
        np.testing.assert_array_equal(found, [1.0, 0.0, np.nan, 1.0, 0.0])
    assert str(EffectScale("linear", "higher")) == "relative change, higher is better"


values = arrays(float, 6, elements=st.integers(-5, 5).map(float))
weights = arrays(float, 6, elements=st.floats(0.01, 1.0)).map(lambda w: w / w.sum())


@settings(max_examples=40)
@given(values, weights, st.floats(0.01, 1.0), st.sampled_from(RISKS))
def test_a_risk_weighs_members_and_is_between_mean_and_worst(values, weights, tail, risk):
    share = weights_of_risk(values, weights, risk, tail)
    assert share.sum() == pytest.approx(1.0)
    assert (share >= 0).all()
    found = share @ values
    assert weights @ values - 1e-9 <= found <= values.max() + 1e-9
    shifted = weights_of_risk(values + 3.0, weights, risk, tail) @ (values + 3.0)
    assert shifted == pytest.approx(found + 3.0)


@settings(max_examples=40)
@given(values, weights, st.floats(0.05, 0.9))
def test_a_smaller_tail_is_a_greater_risk(values, weights, tail):
    at = lambda t: weights_of_risk(values, weights, "cvar", t) @ values  # noqa: E731
    assert at(tail) >= at(tail + 0.1) - 1e-9
    assert at(1.0) == pytest.approx(weights @ values)
    assert at(1e-6) == pytest.approx(values.max())
    # the formula of Rockafellar and Uryasev, whose minimum is at one of the values
    formula = min(z + weights @ np.maximum(values - z, 0.0) / tail for z in values)
    assert at(tail) == pytest.approx(formula)


triples = arrays(float, 3, elements=fractions)


@settings(max_examples=40)
@given(triples, triples)
def test_three_drugs_may_be_named_in_any_order(alone, pairs):
    found = effect_from_pairs(alone, pairs)
    assert 0.0 <= found <= 1.0
    for order in permutations(range(3)):
        assert effect_from_pairs(alone[list(order)], pairs[list(order)]) == pytest.approx(
            float(found), abs=1e-12
        )


@settings(max_examples=40)
@given(triples)
def test_independent_drugs_stay_so_in_threes(alone):
    left = 1.0 - alone
    pairs = 1.0 - np.array([left[1] * left[2], left[0] * left[2], left[0] * left[1]])
    assert effect_from_pairs(alone, pairs) == pytest.approx(1.0 - left.prod(), abs=1e-12)


def _responses(alone, pair):
    """Return what a screen knows of one pair, of the control and of one drug alone."""
    given_values = -np.array([[0.0, alone[0], pair]])
    parts = -np.array([[[0.0, 0.0], [alone[0], 0.0], [alone[0], alone[1]]]])
    return Responses(given_values, np.zeros((1, 1)), parts, None, np.array([0, 1, 2]))


@settings(max_examples=40)
@given(fractions, fractions, fractions)
def test_scores_of_a_pair_are_their_formulas_and_of_less_exactly_nothing(a, b, pair):
    scale = EffectScale("linear")
    found = {score: member_scores(score, _responses((a, b), pair), scale)[0] for score in SCORES}
    assert found["effect"].tolist() == [0.0, a, pair]
    assert found["response"].tolist() == [0.0, -a, -pair]
    assert found["bliss"][2] == pytest.approx(pair - (a + b - a * b), abs=1e-12)
    assert found["hsa"][2] == pytest.approx(pair - max(a, b), abs=1e-12)
    assert found["additive"][2] == pytest.approx(pair - a - b, abs=1e-12)
    assert all(not found[score][:2].any() for score in ("bliss", "hsa", "additive"))
    assert np.isnan(member_scores(EMERGENT, _responses((a, b), pair), scale)).all()


@settings(max_examples=40)
@given(arrays(float, (5, 3), elements=st.floats(-1.0, 1.0)), st.permutations(range(5)))
def test_a_summary_does_not_see_the_order_of_members_nor_those_that_failed(values, order):
    found = summarize(values)
    for name in ("mean", "lower", "upper", "positive"):
        np.testing.assert_allclose(getattr(summarize(values[order]), name), getattr(found, name), atol=1e-12)
        with_failed = np.vstack([values, np.full((1, 3), np.nan)])
        np.testing.assert_allclose(getattr(summarize(with_failed), name), getattr(found, name), atol=1e-12)
    assert (found.lower <= found.upper).all()
    assert ((found.positive >= 0) & (found.positive <= 1)).all()
    one = summarize(values[:1])
    np.testing.assert_array_equal(one.lower, one.upper)


def test_where_no_member_settled_nothing_is_known():
    for n in (1, 4):
        found = summarize(np.full((n, 2), np.nan))
        assert np.isnan([found.mean, found.lower, found.upper, found.positive]).all()
    assert summarize(np.array([[1e-9, 1e-3]])).positive.tolist() == [0.0, 1.0]


effects = arrays(float, (4, 3), elements=st.floats(-0.8, 0.5))


@settings(max_examples=40)
@given(effects, st.sampled_from(sorted(RULES)), st.sampled_from(sorted(BASES)), st.permutations(range(3)))
def test_triples_by_rule_do_not_depend_on_the_names(singles, rule, scale, order):
    left = 1.0 + singles if BASES[scale] is None else BASES[scale] ** singles
    pairs_left = np.stack([left[:, 0] * left[:, 1], left[:, 0] * left[:, 2], left[:, 1] * left[:, 2]], axis=1)
    pairs = pairs_left - 1.0 if BASES[scale] is None else np.log(pairs_left) / np.log(BASES[scale])
    built = build(singles, pairs, rule=rule, scale=scale)
    wanted = (
        left.prod(axis=1) - 1.0 if BASES[scale] is None else np.log(left.prod(axis=1)) / np.log(BASES[scale])
    )
    np.testing.assert_allclose(built.effects(0.0), wanted, atol=1e-9)
    if rule == "isserlis":  # of independent drugs nothing is left to correct
        np.testing.assert_allclose(built.effects(1.0), wanted, atol=1e-9)
    # pairs come as ab, ac, bc
    place = {frozenset(p): k for k, p in enumerate([(0, 1), (0, 2), (1, 2)])}
    a, b, c = order
    turned = [place[frozenset(p)] for p in ((a, b), (a, c), (b, c))]
    other = build(singles[:, list(order)], pairs[:, turned], rule=rule, scale=scale)
    np.testing.assert_allclose(other.effects(0.7), built.effects(0.7), atol=1e-9)


@settings(max_examples=40)
@given(st.integers(1, 300), st.integers(1, 300_000), st.integers(1, 60_000))
def test_pieces_cover_a_screen_once(members, conditions, alone):
    blocks = Blocks(members, conditions, min(alone, conditions))
    rows = [blocks.conditions(b) for b in range(blocks.n_blocks)]
    groups = [blocks.members(g) for g in range(blocks.n_groups)]
    for slices, size in ((rows, conditions), (groups, members)):
        assert slices[0].start == 0
        assert slices[-1].stop == size
        assert all(one.stop == after.start for one, after in pairwise(slices))
        assert all(one.stop > one.start for one in slices)
    assert blocks.total == len(rows) * len(groups)
    assert rows[0].stop >= min(alone, conditions)
    assert blocks.width % CALL == 0


@settings(max_examples=40)
@given(st.floats(1e-15, 1e6), st.integers(2, 6))
def test_levels_of_any_unit_are_found_again(top, n):
    """Doses in molar may be far below any fixed tolerance: none is taken for no dose."""
    levels = read_levels(("a", "b"), n, top, None)
    design = Design(("a", "b"), levels)
    assert [design.level_number("a", level) for level in levels[0]] == list(range(n))
    assert [design.level_number("b", -level) for level in levels[1]] == list(range(n))
    with pytest.raises(InvalidValueError, match="was not screened at"):
        design.level_number("a", top * 1.5)


@settings(max_examples=40)
@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=5), st.sampled_from([1.0, -1.0]))
def test_levels_may_come_in_any_order_with_or_without_zero(levels, sign):
    signed = [sign * level for level in levels]
    (found,) = read_levels(("a",), [*signed[::-1], 0.0, *signed], None, None)
    assert found[0] == 0.0
    assert (np.diff(np.abs(found)) > 0).all()
    assert set(found[1:]) == set(signed)
