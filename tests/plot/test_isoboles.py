"""Isobolograms: where points lie, and what is refused."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError

DOSES = np.linspace(0, 8, 33)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def _measured(ax):
    (line,) = [line for line in ax.get_lines() if line.get_label() == "measured"]
    return np.column_stack(line.get_data())


@pytest.mark.parametrize(("interaction", "sign"), [(0.0, 0), (0.5, -1), (-0.05, 1)])
def test_synergy_lies_below_the_line_and_antagonism_above(interaction, sign):
    a, b = DOSES[:, None] / 3, DOSES / 5
    ax = hc.pl.isobologram(1 / (1 + a + b + interaction * a * b * 4), DOSES, DOSES, kind="viability")
    sums = _measured(ax).sum(axis=1)
    inside = sums[(np.abs(sums - 1) > 0) & (_measured(ax) > 0.1).all(axis=1)]
    if sign == 0:
        np.testing.assert_allclose(sums, 1.0, atol=0.01)
    else:
        assert (np.sign(inside - 1) == sign).all()


@pytest.mark.parametrize("effect", [0.2, 0.5, 0.8])
def test_one_drug_given_as_two_lies_on_the_line_at_every_effect(effect):
    left = 1 / (1 + ((DOSES[:, None] + DOSES) / 3) ** 2)
    ax = hc.pl.isobologram(1 - left, DOSES, DOSES, effect=effect, names=("A", "B"))
    np.testing.assert_allclose(_measured(ax).sum(axis=1), 1.0, atol=0.02)
    alone = 3 * np.sqrt(effect / (1 - effect))
    assert ax.get_xlabel() == f"Dose of A / {alone:.3g} (alone {100 * effect:.3g} % inhibition)"
    assert ax.get_ylabel().startswith("Dose of B / ")


def test_drugs_that_change_places_mirror_the_figure():
    a, b = DOSES[:, None] / 3, DOSES / 5
    left = 1 / (1 + a + b + 2 * a * b)
    one = _measured(hc.pl.isobologram(left, DOSES, DOSES, kind="viability"))
    other = _measured(hc.pl.isobologram(left.T, DOSES, DOSES, kind="viability"))
    np.testing.assert_allclose(np.sort(other[:, ::-1], axis=0), np.sort(one, axis=0), rtol=1e-6, atol=1e-9)


def test_an_effect_that_is_not_reached_is_told():
    left = np.add.outer(np.zeros(33), 1 - 0.1 * DOSES / 8)
    with pytest.raises(InvalidValueError, match="does not inhibit 50%"):
        hc.pl.isobologram(left * (1 - 0.1 * DOSES[:, None] / 8), DOSES, DOSES, kind="viability")
    with pytest.raises(InvalidValueError, match="effect is 50"):
        hc.pl.isobologram(left, DOSES, DOSES, effect=50, kind="viability")


@pytest.mark.parametrize(
    ("names", "message"), [("AB", "names is 'AB'; wanted a list of names"), (("A",), "names has 1 entries")]
)
def test_each_of_the_two_drugs_has_a_name(names, message):
    with pytest.raises(InvalidValueError, match=message):
        hc.pl.isobologram(np.ones((33, 33)), DOSES, DOSES, names=names)
