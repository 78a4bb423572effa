from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.mechanisms.cellbox.drug_effects import (
    OWN,
    SHARED,
    drug_effects,
    nearest_semidefinite,
    similarity_matrix,
    target_matrix,
)
from tests.tolerances import ANALYTIC

NAMES = ("MEK", "ERK", "AKT", "aMEK", "bMEK", "aAKT")
DRUGS = ("aMEK", "bMEK", "aAKT")
REFERENCE = np.array([1.0, 2.0, 0.5])
ACTIVITY = np.tanh(REFERENCE)
TARGETS = pd.DataFrame(
    {"drug": ["aMEK", "aAKT"], "target": ["MEK", "AKT"], "sign": [1, -1], "weight": [1.0, 0.5]}
)
ALIKE = pd.DataFrame({"drug_a": ["aMEK"], "drug_b": ["bMEK"], "similarity": [0.8]})


def make(targets=TARGETS, similarity=ALIKE, drugs=DRUGS):
    return drug_effects(
        NAMES, drugs, targets=targets, similarity=similarity, reference=REFERENCE, activity=ACTIVITY
    )


def test_the_factor_is_that_of_the_stated_covariance():
    similarity = np.array([[1, 0.8, 0], [0.8, 1, 0], [0, 0, 1]])
    factor = make().factor
    np.testing.assert_allclose(factor @ factor.T, similarity + SHARED + OWN * np.eye(3), **ANALYTIC)


def test_without_free_effects_only_targets_act():
    effects = np.asarray(make().effects())
    wanted = np.zeros((6, 3))
    wanted[0, 0] = 0.5 * 1.0 * 1.0  # shared strength x sign and weight x reference
    wanted[2, 2] = 0.5 * -0.5 * 0.5
    np.testing.assert_allclose(effects, wanted, **ANALYTIC)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_effects_that_are_set_are_the_effects(seed):
    wanted = np.random.default_rng(seed).normal(size=(6, 3))
    np.testing.assert_allclose(make().with_effects(wanted).effects(), wanted, rtol=1e-9, atol=1e-12)


def test_a_column_times_the_activity_is_the_effect_and_other_columns_stay():
    wanted = np.random.default_rng(0).normal(size=(6, 3))
    response = np.random.default_rng(1).normal(size=(6, 6))
    placed = np.asarray(make().with_effects(wanted).place(jnp.asarray(response)))
    np.testing.assert_allclose(placed[:, 3:] * ACTIVITY, wanted, rtol=1e-9)
    np.testing.assert_array_equal(placed[:, :3], response[:, :3])


def test_a_drug_never_seen_is_filled_by_its_likeness():
    """The smallest latent effects that explain aMEK alone are Gaussian-process regression over drugs."""
    prior = make(targets=None)
    seen = np.array([-0.9, -0.6, 0.2, 0.0, 0.0, 0.0])
    row = prior.factor[0]
    latent = np.outer(seen, row) / (row @ row)
    effects = np.asarray(eqx.tree_at(lambda d: d.latent.raw, prior, jnp.asarray(latent)).effects())
    np.testing.assert_allclose(effects[:, 0], seen, **ANALYTIC)
    alike = (0.8 + SHARED) / (1.0 + SHARED + OWN)
    unlike = SHARED / (1.0 + SHARED + OWN)
    np.testing.assert_allclose(effects[:, 1], alike * seen, **ANALYTIC)
    np.testing.assert_allclose(effects[:, 2], unlike * seen, **ANALYTIC)


def test_the_order_of_drugs_and_rows_means_nothing():
    order = [2, 0, 1]
    latent = np.random.default_rng(2).normal(size=(6, 3))
    straight = make(TARGETS, ALIKE)
    shuffled = make(TARGETS.iloc[::-1], ALIKE.rename(columns={"drug_a": "drug_b", "drug_b": "drug_a"}))
    np.testing.assert_array_equal(straight.factor, shuffled.factor)
    np.testing.assert_array_equal(straight.targets, shuffled.targets)
    turned = drug_effects(
        NAMES,
        tuple(DRUGS[i] for i in order),
        targets=TARGETS,
        similarity=ALIKE,
        reference=REFERENCE[order],
        activity=ACTIVITY[order],
    )
    effects = latent @ straight.factor.T
    found = turned.with_effects(effects[:, order]).place(jnp.zeros((6, 6)))
    wanted = straight.with_effects(effects).place(jnp.zeros((6, 6)))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_a_square_table_is_the_same_as_a_list_of_pairs():
    square = pd.DataFrame([[1, 0.8], [0.8, 1]], index=["bMEK", "aMEK"], columns=["bMEK", "aMEK"])
    np.testing.assert_array_equal(similarity_matrix(square, DRUGS), similarity_matrix(ALIKE, DRUGS))
    pairs = ALIKE.drop(columns="similarity")
    assert similarity_matrix(pairs, DRUGS)[0, 1] == pytest.approx(1.0)
    np.testing.assert_array_equal(similarity_matrix(None, DRUGS), np.eye(3))


def test_a_similarity_that_cannot_be_one_is_mended():
    # a is like b and b is like c, but a is not like c at all
    pairs = pd.DataFrame({"drug_a": ["aMEK", "bMEK"], "drug_b": ["bMEK", "aAKT"], "similarity": [1.0, 1.0]})
    mended = similarity_matrix(pairs, DRUGS)
    assert np.linalg.eigvalsh(mended)[0] > -1e-12
    np.testing.assert_allclose(mended, mended.T, **ANALYTIC)
    assert np.isfinite(make(similarity=pairs).factor).all()
    sound = np.array([[1.0, 0.3], [0.3, 1.0]])
    np.testing.assert_array_equal(nearest_semidefinite(sound), sound)


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([{"drug": "aMEk", "target": "MEK"}], UnknownNameError, "'aMEk'. Did you mean 'aMEK'"),
        ([{"drug": "aMEK", "target": "MEK1"}], UnknownNameError, "'MEK1'. Did you mean 'MEK'"),
        ([{"drg": "aMEK", "target": "MEK"}], UnknownNameError, "column of the drug-target table 'drug'"),
        (
            [{"drug": "aMEK", "target": "MEK", "sign": 2}],
            DataError,
            r"sign of 'aMEK' -> 'MEK' is 2; wanted \+1 or -1",
        ),
        ([{"drug": "aMEK", "target": "MEK", "sign": "up"}], DataError, "is 'up'; wanted a number"),
        ([{"drug": "aMEK", "target": "MEK", "sign": np.nan}], DataError, "is nan; wanted a finite number"),
        (
            [{"drug": "aMEK", "target": "MEK", "weight": np.inf}],
            DataError,
            "weight of 'aMEK' -> 'MEK' is inf",
        ),
        ([{"drug": "aMEK", "target": "MEK"}] * 2, DataError, "'aMEK' -> 'MEK' twice"),
    ],
)
def test_target_tables_that_say_nothing_clear_are_refused(rows, error, message):
    with pytest.raises(error, match=message):
        target_matrix(pd.DataFrame(rows), NAMES, DRUGS)


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        (
            [{"drug_a": "aMEK", "drug_b": "cMEK", "similarity": 1}],
            UnknownNameError,
            "'cMEK'. Did you mean '.MEK'",
        ),
        (
            [{"drug_a": "aMEK", "drug_b": "bMEK", "similarity": 1.5}],
            InvalidValueError,
            "is 1.5; wanted .* 0 to 1",
        ),
        ([{"drug_a": "aMEK", "drug_b": "bMEK", "similarity": np.nan}], DataError, "is nan; wanted a finite"),
        (
            [{"drug_a": "aMEK", "drug_b": "bMEK", "similarity": "high"}],
            DataError,
            "is 'high'; wanted a number",
        ),
        (
            [{"drug_a": "aMEK", "drug_b": "bMEK", "similarity": s} for s in (0.1, 0.2)],
            DataError,
            "given as 0.1 and 0.2",
        ),
        ([{"a": 1, "b": 0}], DataError, "wants columns drug_a, drug_b"),
    ],
)
def test_similarity_tables_that_say_nothing_clear_are_refused(rows, error, message):
    with pytest.raises(error, match=message):
        similarity_matrix(pd.DataFrame(rows), DRUGS)


def test_a_square_table_that_is_not_symmetric_is_refused():
    square = pd.DataFrame([[1, 0.8], [0.3, 1]], index=["aMEK", "bMEK"], columns=["aMEK", "bMEK"])
    with pytest.raises(DataError, match=r"given as 0.8 and 0.3; keep one"):
        similarity_matrix(square, DRUGS)


@pytest.mark.parametrize(
    "function", [lambda t: target_matrix(t, NAMES, DRUGS), lambda t: similarity_matrix(t, DRUGS)]
)
def test_what_is_no_table_is_refused(function):
    with pytest.raises((InvalidValueError, DataError), match=r"wanted a DataFrame|wants columns"):
        function("targets.tsv")


def test_it_shows_what_it_knows():
    assert repr(make()) == "DrugEffects(3 drugs, 2 targets, 1 similar pairs)"
