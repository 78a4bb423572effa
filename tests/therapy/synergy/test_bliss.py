"""Bliss independence: the formula, its symmetries, and what bad surfaces are told."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError

DOSES_A, DOSES_B = [0.0, 0.5, 2.0], [0.0, 1.0]
fractions = st.floats(0.0, 1.0)


def _independent(a, b):
    return a[:, None] + b[None, :] - a[:, None] * b[None, :]


def test_independent_drugs_have_no_excess():
    surface = _independent(np.array([0, 0.2, 0.7]), np.array([0, 0.4]))
    np.testing.assert_allclose(hc.synergy.bliss(surface, DOSES_A, DOSES_B), 0.0, atol=1e-15)


def test_excess_is_in_the_unit_of_the_responses():
    surface = _independent(np.array([0, 0.2, 0.7]), np.array([0, 0.4]))
    surface[1, 1] += 0.11
    surface[2, 1] -= 0.05
    excess = hc.synergy.bliss(surface, DOSES_A, DOSES_B)
    np.testing.assert_allclose(excess, [[0, 0], [0, 0.11], [0, -0.05]], atol=1e-15)


@settings(max_examples=25, deadline=None)
@given(arrays(float, (3, 2), elements=fractions))
def test_viability_is_one_minus_inhibition_and_drugs_may_change_places(surface):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the control of a random surface is anywhere
        excess = hc.synergy.bliss(surface, DOSES_A, DOSES_B)
        as_viability = hc.synergy.bliss(1 - surface, DOSES_A, DOSES_B, kind="viability")
        turned = hc.synergy.bliss(surface.T, DOSES_B, DOSES_A)
    np.testing.assert_allclose(as_viability, excess, atol=1e-12)
    np.testing.assert_allclose(turned.T, excess, atol=1e-12)
    assert not excess[0].any()
    assert not excess[:, 0].any()
    # viability of independent drugs is a product
    v = 1 - surface
    np.testing.assert_allclose(excess[1:, 1:], (np.outer(v[:, 0], v[0]) - v)[1:, 1:], atol=1e-12)


def test_a_lost_well_is_nan_where_it_is_needed():
    surface = _independent(np.array([0, 0.2, 0.7]), np.array([0, 0.4]))
    surface[1, 1] = np.nan
    np.testing.assert_array_equal(
        np.isnan(hc.synergy.bliss(surface, DOSES_A, DOSES_B)), [[0, 0], [0, 1], [0, 0]]
    )
    surface[2, 0] = np.nan
    np.testing.assert_array_equal(
        np.isnan(hc.synergy.bliss(surface, DOSES_A, DOSES_B)), [[0, 0], [0, 1], [1, 1]]
    )


def test_noise_beyond_the_ends_is_left_as_it_is():
    surface = _independent(np.array([0, -0.02, 0.7]), np.array([0, 1.1]))
    np.testing.assert_allclose(hc.synergy.bliss(surface, DOSES_A, DOSES_B), 0.0, atol=1e-15)


def test_three_independent_drugs_have_no_excess():
    a, b, c = np.array([0, 0.2, 0.7]), np.array([0, 0.4]), np.array([0, 0.1, 0.3, 0.5])
    left = (1 - a)[:, None, None] * (1 - b)[:, None] * (1 - c)
    surface = 1 - left
    axes = (DOSES_A, DOSES_B, [0, 1, 2, 3])
    np.testing.assert_allclose(hc.synergy.bliss(surface, *axes), 0.0, atol=1e-15)
    surface[2, 1, 3] += 0.1
    excess = hc.synergy.bliss(surface, *axes)
    np.testing.assert_allclose(excess[2, 1, 3], 0.1)
    assert np.count_nonzero(np.abs(excess) > 1e-12) == 1


def test_the_surface_of_the_caller_is_not_changed():
    surface = np.array([[0.1, 0.5], [0.5, 0.9]])
    before = surface.copy()
    hc.synergy.bliss(surface, [0, 1], [0, 1])
    np.testing.assert_array_equal(surface, before)


@pytest.mark.parametrize(("kind", "control"), [("inhibition", 1.0), ("viability", 0.0)])
def test_the_wrong_direction_is_noticed(kind, control):
    surface = np.full((2, 2), control)
    other = {"inhibition": "viability", "viability": "inhibition"}[kind]
    with pytest.warns(UserWarning, match=f"say kind='{other}'"):
        hc.synergy.bliss(surface, [0, 1], [0, 1], kind=kind)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"responses": [[0, 50], [50, 90]]}, "Divide percentages by 100"),
        ({"responses": [[0, 0.5], [-4.0, 0.9]]}, r"responses\[1, 0\] is -4.*but for noise"),
        ({"responses": [[0, 0.5], [np.inf, 0.9]]}, "inf"),
        ({"responses": [[0, 0.5]]}, r"shape \(1, 2\)"),
        ({"responses": [[0, 0.5], [0.1, 0.2], [0.2, 0.4]]}, "transpose"),
        ({"responses": [["x", 0.5], [0.1, 0.2]]}, "wanted numbers"),
        ({"doses_a": [1, 2]}, "doses_a starts at 1; wanted 0 first"),
        ({"doses_b": [0, -1]}, "doses_b holds -1"),
        ({"doses_b": [0, 0]}, "rising order"),
        ({"doses_a": [2, 0]}, "rising order"),
        ({"doses_a": [0, np.nan]}, "finite"),
        ({"doses_a": [0]}, "at least two"),
        ({"kind": "viabilty"}, "Did you mean 'viability'"),
    ],
)
def test_bad_surfaces_are_told_what_is_wrong(changes, message):
    if "transpose" in message:
        changes = {**changes, "doses_b": [0, 1, 2]}
    arguments = {"responses": [[0, 0.5], [0.5, 0.9]], "doses_a": [0, 1], "doses_b": [0, 1], **changes}
    for model in (
        hc.synergy.bliss, hc.synergy.hsa, hc.synergy.loewe, hc.synergy.zip, hc.synergy.combination_index,
        hc.synergy.musyc,
    ):  # fmt: skip
        with pytest.raises(InvalidValueError, match=message):
            model(**arguments)


def test_a_table_whose_doses_stand_otherwise_is_told():
    table = pd.DataFrame(np.zeros((3, 2)), index=DOSES_A, columns=DOSES_B)
    assert not hc.synergy.bliss(table, DOSES_A, DOSES_B).any()
    assert not hc.synergy.bliss(table.rename(index=str), DOSES_A, DOSES_B).any()
    assert not hc.synergy.bliss(table.set_axis([3, 2, 1]), DOSES_A, DOSES_B).any()
    for turned, found in (
        (table.iloc[::-1], "rows .* doses 2, 0.5, 0;"),
        (table[[1.0, 0.0]], "columns .* 1, 0;"),
    ):
        with pytest.raises(InvalidValueError, match=f"{found} .*sort_index"):
            hc.synergy.bliss(turned, DOSES_A, DOSES_B)
        with pytest.raises(InvalidValueError, match=f"{found} .*sort_index"):
            hc.synergy.extrapolate(turned, DOSES_A, DOSES_B, [1.0], [1.0])
    square = pd.DataFrame(np.zeros((2, 2)), index=[0, 1], columns=[0, 3])
    with pytest.raises(InvalidValueError, match=r"wanted the first in rows.*transpose"):
        hc.synergy.bliss(square, [0, 3], [0, 1])
    assert not hc.synergy.bliss(square.T, [0, 3], [0, 1]).any()


@pytest.mark.parametrize("kind", ["viability", "inhibition"])
def test_fractions_of_something_else_than_the_control_are_warned_of(kind):
    left = np.outer([1.0, 0.6, 0.4], [1.0, 0.5])
    raw = 0.75 * left if kind == "viability" else 1 - 0.75 * left
    control = raw[0, 0]
    with pytest.warns(UserWarning, match="control has the response 0.[27]5.*wanted fractions of the control"):
        assert abs(hc.synergy.bliss(raw, DOSES_A, DOSES_B, kind=kind)).max() > 0.05
    mended = raw / control if kind == "viability" else 1 - (1 - raw) / (1 - control)
    np.testing.assert_allclose(hc.synergy.bliss(mended, DOSES_A, DOSES_B, kind=kind), 0.0, atol=1e-15)
    noisy = left.copy()
    noisy[0, 0] = 1.15
    hc.synergy.bliss(noisy, DOSES_A, DOSES_B, kind="viability")


@pytest.mark.parametrize("axis", [0, 2])
def test_replicates_of_a_surface_are_to_be_averaged(axis):
    replicates = np.stack([np.outer([1.0, 0.6, 0.4], [1.0, 0.5])] * 4, axis=axis)
    with pytest.raises(
        InvalidValueError, match=rf"replicates, average them: np.mean\(responses, axis={axis}\)"
    ):
        hc.synergy.bliss(replicates, DOSES_A, DOSES_B, kind="viability")
