"""Rankings do not depend on how conditions are cut into blocks, nor on the order of the drugs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy.screen import scoring

EDGES = {("a", "p"): 0.7, ("b", "q"): 0.9, ("c", "p"): 0.4, ("p", "growth"): 0.8, ("q", "growth"): 0.6}
EDGES |= {("c", "q"): 0.3, ("p", "q"): -0.4, ("q", "p"): 0.3}
DOSES = {"a": [-0.5, -1.0, -2.0], "b": [-1.0, -2.0], "c": [-0.7, -3.0]}


@pytest.fixture(scope="module")
def screen(network):
    models = [network({**EDGES, ("a", "growth"): w}) for w in (0.1, 0.2, -0.3)]
    return hc.screen_combinations(Ensemble.from_models(models), readout="growth", doses=DOSES, order=3)


@pytest.mark.parametrize("by", ["bliss", "emergent", "effect"])
@pytest.mark.parametrize("once", [True, False])
def test_blocks_of_conditions_change_nothing(screen, monkeypatch, by, once):
    from dataclasses import replace

    whole = (
        screen.top(6, by=by, per_combination=once),
        screen.to_dataframe(),
        screen.per_pair(statistic="min"),
    )
    cut = replace(screen, _summaries={})
    monkeypatch.setattr(scoring, "_KEPT", 0)
    monkeypatch.setattr(scoring, "row_blocks", lambda s, first=0, stop=None: _small_blocks(s, first, stop))
    for module in ("ranking", "tables", "combination_screen"):
        monkeypatch.setattr(f"hybridcell.therapy.screen.{module}.row_blocks", _small_blocks)
    parts = cut.top(6, by=by, per_combination=once), cut.to_dataframe(), cut.per_pair(statistic="min")
    for expected, found in zip(whole, parts):
        pd.testing.assert_frame_equal(found, expected, rtol=1e-12)
    assert not cut._summaries


def _small_blocks(screen, first=0, stop=None):
    stop = screen.design.n_conditions if stop is None else stop
    return (slice(start, min(start + 5, stop)) for start in range(first, stop, 5))


def test_each_combination_is_listed_once_at_its_best_doses(screen):
    best = screen.top(100, by="hsa")
    assert len(best) == 4
    table = screen.to_dataframe()
    table = table[(table["dose_a"] > 0) & (table["dose_b"] > 0)]
    expected = table.groupby(["drug_a", "drug_b", "drug_c"])["hsa"].max().sort_values(ascending=False)
    np.testing.assert_allclose(best["hsa"], expected, rtol=1e-12)
    assert list(zip(best["drug_a"], best["drug_b"], best["drug_c"])) == list(expected.index)
    assert (screen.top(100, by="hsa", order=2)["drug_c"] == "").all()
    assert len(screen.top(100, by="hsa", order=3, per_pair=False)) == 3 * 2 * 2
    with pytest.raises(InvalidValueError, match="order is 4"):
        screen.top(order=4)


def test_drugs_in_another_order_give_the_same_numbers(screen, network):
    models = [network({**EDGES, ("a", "growth"): w}) for w in (0.1, 0.2, -0.3)]
    turned = hc.screen_combinations(
        Ensemble.from_models(models), readout="growth", doses=DOSES, order=3, drugs=["c", "a", "b"]
    )
    for score in ("response", "bliss", "emergent", "additive_lower"):
        np.testing.assert_allclose(
            turned.surface("b", "a", score, at={"c": 3}),
            screen.surface("b", "a", score, at={"c": -3}),
            atol=1e-7,
        )
        np.testing.assert_allclose(
            turned.surface("c", "a", score), screen.surface("c", "a", score), atol=1e-7
        )


values = st.lists(st.integers(-8, 4).map(lambda k: k / 4) | st.just(np.nan), min_size=12, max_size=12)


@given(
    values, st.sampled_from(["effect", "hsa", "additive"]), st.integers(1, 5), st.sampled_from([None, 2, 3])
)
@settings(max_examples=30)
def test_the_best_are_the_first_of_the_table_sorted(made_screen, x, by, n, order):
    made = made_screen([[0.0, -1.0, -2.0], [0.0, -1.0], [0.0, -1.0]], [[0.0, *x[1:]]], order=3)
    table = made.to_dataframe()
    n_drugs = (table[["dose_a", "dose_b", "dose_c"]] > 0).sum(axis=1)
    table = table[(n_drugs > 1) & (n_drugs == (order or n_drugs))].dropna(subset=by)
    table = table.sort_values(by, ascending=False, kind="stable")
    every = made.top(n, by=by, per_combination=False, order=order)
    assert every[by].tolist() == table[by].tolist()[:n]
    names = ["drug_a", "drug_b", "drug_c"]
    once = made.top(n, by=by, order=order)
    first = table.drop_duplicates(names)
    assert once[by].tolist() == first[by].tolist()[:n]
    assert not once.duplicated(names).any()
