"""Three from ones and twos, and what is refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.therapy import predict_triples

NAMES = [f"d{i}" for i in range(7)]


def _screen(rule="isserlis", noise=0.0, seed=0, strength=0.3):
    """Return singles, pairs and triples on the log2 scale whose pairs interact and whose triples do not."""
    rng = np.random.default_rng(seed)
    single = dict(zip(NAMES, rng.uniform(-1.0, 0.1, 7)))
    extra = {frozenset(p): strength * rng.normal() for p in combinations(NAMES, 2)}
    pair = {p: single[p[0]] + single[p[1]] + extra[frozenset(p)] for p in combinations(NAMES, 2)}
    rows = []
    for a, b, c in combinations(NAMES, 3):
        parts = [(pair[a, b], single[c]), (pair[a, c], single[b]), (pair[b, c], single[a])]
        alone = single[a] + single[b] + single[c]
        left = sum(2 ** (x + y) for x, y in parts) - 2 * 2**alone
        both = sum(x for x, _ in parts) - alone
        rows.append([a, b, c, np.log2(max(left, 0.02)) if rule == "isserlis" else both])
    triples = pd.DataFrame(rows, columns=pd.Index(["a", "b", "c", "effect"]))
    pairs = pd.DataFrame([[*p, v] for p, v in pair.items()], columns=pd.Index(["a", "b", "effect"]))
    pairs["effect"] += noise * rng.normal(size=len(pairs))
    measured = {name: value + noise * rng.normal() for name, value in single.items()}
    return measured, pairs, triples


def _error(found, triples, column="predicted"):
    return float(np.sqrt(np.mean((found[column].to_numpy() - triples["effect"].to_numpy()) ** 2)))


effects = st.floats(-0.9, 0.5)


@given(effects, effects, effects)
def test_without_interactions_of_pairs_there_are_none_of_three(a, b, c):
    alone = {"A": a, "B": b, "C": c}
    rows = [[x, y, (1 + alone[x]) * (1 + alone[y]) - 1] for x, y in combinations("ABC", 2)]
    found = predict_triples(alone, pd.DataFrame(rows, columns=pd.Index(["a", "b", "effect"])))
    assert found["predicted"].item() == pytest.approx((1 + a) * (1 + b) * (1 + c) - 1, abs=1e-12)
    assert found["epistasis"].item() == pytest.approx(0.0, abs=1e-12)


@given(st.floats(-0.9, 0.0), st.floats(-0.9, 0.0), effects)
def test_a_null_leaves_the_pair(a, b, ab):
    pairs = pd.DataFrame({"a": ["A", "A", "B"], "b": ["B", "N", "N"], "effect": [ab, a, b]})
    found = predict_triples({"A": a, "B": b, "N": 0.0}, pairs)
    assert found["predicted"].item() == pytest.approx(ab, abs=1e-12)


def test_exact_pairs_give_exact_triples_in_any_order():
    singles, pairs, triples = _screen()
    lost = {name: 2**value - 1 for name, value in singles.items()}
    pairs, triples = (one.assign(effect=2 ** one["effect"] - 1) for one in (pairs, triples))
    found = predict_triples(lost, pairs)
    assert found.attrs == {"rule": "isserlis", "share": 1.0}
    assert _error(found, triples) < 1e-9
    assert np.isnan(found["lower"]).all()
    assert found["pairs_measured"].tolist() == [3] * 35
    turned = predict_triples(lost, pairs, list(zip(triples["c"], triples["a"], triples["b"])))
    np.testing.assert_allclose(turned["predicted"], found["predicted"], atol=1e-12)


def test_three_leave_no_less_than_nothing_unless_that_was_measured():
    alone = {"A": -0.1, "B": -0.1, "C": -0.1}
    rows = [[x, y, -0.9] for x, y in combinations("ABC", 2)]
    pairs = pd.DataFrame(rows, columns=pd.Index(["a", "b", "effect"]))
    # of what is left: 3 * 0.1 * 0.9 - 2 * 0.9^3 = -1.188
    assert predict_triples(alone, pairs)["predicted"].item() == -1.0
    deeper = predict_triples({**alone, "D": -1.2}, pairs)
    assert deeper["predicted"].item() == pytest.approx(-1.2)
    assert deeper["epistasis"].item() == pytest.approx(-1.2 + 1 - 0.9**3)


def test_rules_are_chosen_by_what_is_left_at_least():
    alone = dict.fromkeys(NAMES[:5], -0.1)
    rows = [[*pair, -0.9] for pair in combinations(alone, 2)]
    pairs = pd.DataFrame(rows, columns=pd.Index(["a", "b", "effect"]))
    lost = pd.DataFrame(list(combinations(alone, 3)), columns=pd.Index(list("abc"))).assign(effect=-1.0)
    # -1.188 without a floor
    assert (predict_triples(alone, pairs, measured=lost)[["predicted", "upper"]] == -1.0).all(axis=None)
    deeper = predict_triples(alone, pairs, measured=lost.assign(effect=-1.1))
    assert deeper["predicted"].to_numpy() == pytest.approx(-1.1, abs=0.01)


def test_intervals_of_relative_changes_end_where_nothing_is_left():
    singles, pairs, triples = _screen(noise=0.3)
    lost = {name: 2**value - 1 for name, value in singles.items()}
    pairs, triples = (one.assign(effect=2 ** one["effect"] - 1) for one in (pairs, triples))
    found = predict_triples(lost, pairs, measured=triples.assign(effect=triples["effect"].round(1)))
    assert found["lower"].min() == -1.0
    assert (found["lower"] <= found["predicted"]).all()


def test_another_base_is_another_unit():
    singles, pairs, _ = _screen()
    found = predict_triples(singles, pairs, scale="log2", sd=0.1)
    natural = predict_triples(
        {name: value * np.log(2) for name, value in singles.items()},
        pairs.assign(effect=pairs["effect"] * np.log(2)),
        scale="ln",
        sd=0.1 * np.log(2),
    )
    np.testing.assert_allclose(natural["predicted"], found["predicted"] * np.log(2), atol=1e-12)


def test_noise_is_kept_out_by_taking_a_part():
    errors = []
    for seed in range(6):
        singles, pairs, triples = _screen("additive", noise=0.3, seed=seed, strength=0.2)
        whole = predict_triples(singles, pairs, scale="log2")
        part = predict_triples(singles, pairs, scale="log2", sd=0.3)
        assert 0 < part.attrs["share"] < whole.attrs["share"] == 0.6
        errors.append([_error(whole, triples), _error(part, triples), _error(part, triples, "independent")])
    whole, part, independent = np.mean(errors, axis=0)
    assert part < whole < independent
    assert predict_triples(*_screen()[:2], scale="log2", sd=0.0).attrs["share"] == 0.6


def test_measured_triples_choose_the_rule_and_give_intervals():
    singles, pairs, triples = _screen("isserlis", noise=0.02)
    known, rest = triples.iloc[::2], triples.iloc[1::2]
    named = list(zip(rest["a"], rest["b"], rest["c"]))
    found = predict_triples(singles, pairs, named, measured=known, scale="log2")
    assert found.attrs["rule"] == "isserlis"
    assert found.attrs["share"] == pytest.approx(1.0, abs=0.21)
    assert _error(found, rest) < 0.7 * _error(predict_triples(singles, pairs, named, scale="log2"), rest)
    inside = (found["lower"] <= rest["effect"].to_numpy()) & (rest["effect"].to_numpy() <= found["upper"])
    assert 0.7 <= inside.mean() <= 1.0


def test_missing_pairs_are_predicted():
    singles, pairs, triples = _screen()
    named = list(zip(triples["a"], triples["b"], triples["c"]))
    found = predict_triples(singles, pairs.iloc[1:], named, scale="log2")
    assert found["pairs_measured"].tolist() == [2] * 5 + [3] * 30
    guess = hc.predict_pairs(singles, [("d0", "d1")], measured=pairs.iloc[1:], scale="log")["predicted"]
    filled = pairs.assign(effect=[guess.item(), *pairs["effect"].iloc[1:]])
    whole = predict_triples(singles, filled, named, scale="log2")
    np.testing.assert_allclose(found["predicted"], whole["predicted"], atol=1e-12)
    assert len(predict_triples(singles, pairs.iloc[1:], scale="log2")) == 30


PAIRS = pd.DataFrame({"a": ["A", "A"], "b": ["B", "C"], "effect": [-0.3, -0.4]})


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"singles": {"A": 1.0, "B": 0.0}}, InvalidValueError, "a triple needs three"),
        ({"triples": [("A", "B", "D")]}, UnknownNameError, "no single 'D'.*asked for"),
        ({"triples": [("A", "B", "A")]}, DataError, "one perturbation twice"),
        ({"triples": [("A", "B")]}, DataError, "no triple; wanted 3 names"),
        ({"scale": "log"}, InvalidValueError, "scale"),
        ({"sd": -1.0}, InvalidValueError, "0 or more"),
        ({"level": 90}, InvalidValueError, "level is 90"),
        ({"pairs": PAIRS.drop(columns="effect")}, UnknownNameError, "'effect'"),
        ({"measured": PAIRS}, UnknownNameError, "measured triples 'c'"),
        ({"measured": PAIRS.assign(c="D")}, UnknownNameError, "no single 'D'"),
        ({"measured": PAIRS.assign(c=["C", "B"])}, DataError, "1 triples are measured twice"),
    ],
)
def test_bad_tables_are_told(changes, error, message):
    with pytest.raises(error, match=message):
        predict_triples(**{"singles": {"A": -0.2, "B": -0.5, "C": 0.1}, "pairs": PAIRS, **changes})


def test_rows_of_the_tables_may_come_in_any_order():
    singles, pairs, triples = _screen(noise=0.05)
    known, asked = triples.iloc[:20], list(zip(triples["a"], triples["b"], triples["c"]))[20:]
    found = predict_triples(singles, pairs, asked, measured=known, scale="log2")
    mixed = predict_triples(
        dict(reversed(singles.items())),
        pairs.sample(frac=1.0, random_state=1).rename(columns={"a": "b", "b": "a"}),
        [one[::-1] for one in reversed(asked)],
        measured=known.sample(frac=1.0, random_state=2).rename(columns={"a": "c", "c": "a"}),
        scale="log2",
    )
    assert found.attrs["rule"] == "isserlis"  # to which it matters which pair goes with which single
    assert mixed.attrs == found.attrs
    for column in ("predicted", "lower", "upper", "independent", "epistasis"):
        np.testing.assert_allclose(mixed[column][::-1], found[column], rtol=1e-9, atol=1e-12)


def test_nothing_asked_for_is_an_empty_table():
    singles, pairs, _ = _screen()
    for asked, measured in (([], pairs), (None, pairs.iloc[:1])):
        found = predict_triples(singles, measured, asked, scale="log2", sd=0.1)
        assert found.shape == (0, 9)
