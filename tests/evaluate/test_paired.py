"""Paired comparison against SciPy's paired tests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hybridcell._core.errors import InvalidValueError
from hybridcell.evaluate import compare_paired


def test_agrees_with_scipy():
    rng = np.random.default_rng(0)
    a = rng.normal(0.9, 0.02, 25)
    b = a - rng.normal(0.004, 0.01, 25)
    found = compare_paired(a, b)
    assert found.p_t == pytest.approx(stats.ttest_rel(a, b).pvalue)
    assert found.p_wilcoxon == pytest.approx(stats.wilcoxon(a, b).pvalue)
    assert found.mean_difference == pytest.approx((a - b).mean())
    assert found.standard_error == pytest.approx(stats.sem(a - b))
    assert (found.wins, found.losses, found.n) == ((a > b).sum(), (a < b).sum(), 25)


def test_swapping_changes_the_sign_only():
    a, b = [0.9, 0.8, 0.95, 0.7], [0.85, 0.81, 0.9, 0.6]
    forward, back = compare_paired(a, b), compare_paired(b, a)
    assert back.mean_difference == pytest.approx(-forward.mean_difference)
    assert (back.wins, back.p_t) == (forward.losses, pytest.approx(forward.p_t))


def test_equal_scores_and_constant_differences():
    same = compare_paired([0.5, 0.6, 0.7], [0.5, 0.6, 0.7])
    assert (same.p_t, same.p_wilcoxon, same.wins, same.standard_error) == (1.0, 1.0, 0, 0.0)
    shifted = compare_paired([1.0, 2.0, 3.0], [0.0, 1.0, 2.0])
    assert (shifted.p_t, shifted.wins) == (0.0, 3)


def test_shows_itself():
    found = compare_paired([0.9, 0.8, 0.9], [0.8, 0.8, 0.7])
    assert str(found).startswith("+0.1000 (se 0.0577), wins 2 of 3")
    assert "p_wilcoxon" in found._repr_html_()


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1.0], [1.0], "at least two"),
        ([1.0, 2.0], [1.0], "shapes"),
        ([1.0, float("nan")], [1.0, 1.0], "split 1"),
    ],
)
def test_bad_input(a, b, message):
    with pytest.raises(InvalidValueError, match=message):
        compare_paired(a, b)
