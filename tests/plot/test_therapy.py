"""Therapy figures draw the numbers of the screen."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, UnknownNameError


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def screen():
    names = ["growth", "a", "b", "c"]
    weights = np.zeros((4, 4))
    weights[0, 1:] = 1.0, 0.5, 0.8
    train = hc.PerturbationData(
        values=[[0.0], [-0.7], [-0.2], [-0.9]],
        readouts=["growth"],
        kinds=["phenotype"],
        conditions=["c0", "c1", "c2", "c3"],
        perturbations=["a", "b", "c"],
        doses=[[0, 0, 0], [-1, 0, 0], [0, -1, 0], [-1, -2, -1]],
        input="strength",
    )
    model = hc.CellBox(names, ["phenotype", "drug", "drug", "drug"], weights, mask=weights != 0)
    return hc.screen_combinations(Ensemble.from_models([model], train=train), readout="growth", doses=5)


def _mesh(ax):
    from matplotlib.collections import QuadMesh

    return next(c for c in ax.collections if isinstance(c, QuadMesh))


def _points(ax):
    from matplotlib.collections import PathCollection

    return [c for c in ax.collections if isinstance(c, PathCollection)]


def test_the_surface_is_that_of_the_screen_with_the_first_drug_across(screen):
    ax = hc.pl.dose_surface(screen, "b", "a")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("b (|u|)", "a (|u|)")
    drawn = np.asarray(_mesh(ax).get_array()).reshape(5, 5)
    np.testing.assert_allclose(drawn, screen.surface("b", "a", "effect").to_numpy().T)
    assert ax.get_xlim() == pytest.approx((0, 2))


def test_measured_conditions_of_the_pair_are_marked(screen):
    ax = hc.pl.dose_surface(screen, "a", "b", value="response")
    (points,) = _points(ax)
    np.testing.assert_allclose(points.get_offsets(), [[0, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(points.get_array(), [0.0, -0.7, -0.2])
    hollow = _points(hc.pl.dose_surface(screen, "a", "b", value="bliss"))[0]
    assert hollow.get_array() is None
    assert not _points(hc.pl.dose_surface(screen, "a", "b", measured=False))


def test_isoboles_can_be_chosen(screen):
    from matplotlib.contour import ContourSet

    def lines(**options):
        ax = hc.pl.dose_surface(screen, "a", "b", **options)
        return [s for s in ax.get_children() if isinstance(s, ContourSet)]

    assert lines(isoboles=[0.3, 0.1, 5.0])[0].levels.tolist() == [0.1, 0.3]
    assert lines()[0].levels.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert not lines(isoboles=0)


def test_excess_parts_at_zero_and_a_flat_surface_is_drawn(screen):
    mesh = _mesh(hc.pl.dose_surface(screen, "a", "b", value="bliss"))
    assert mesh.norm.vmin == -mesh.norm.vmax
    weights = [[0, 1e-9, 1e-9], [0, 0, 0], [0, 0, 0]]
    idle = hc.CellBox(["growth", "a", "b"], ["phenotype", "drug", "drug"], weights)
    flat = hc.screen_combinations(idle, readout="growth", doses=3, input_range=-1.0)
    for value in ("effect", "response", "bliss"):
        hc.pl.dose_surface(flat, "a", "b", value=value).figure.canvas.draw()
    hc.pl.synergy_map(flat).figure.canvas.draw()


def test_what_was_not_solved_is_left_gray(screen):
    from dataclasses import replace

    holes = screen.responses.copy()
    q, _ = screen.design.pair("a", "b")
    holes[:, screen.design.grid(q)[2, 3]] = np.nan
    holed = replace(screen, responses=holes, _summaries={})
    ax = hc.pl.dose_surface(holed, "a", "b")
    assert np.isnan(np.ma.filled(_mesh(ax).get_array(), np.nan)).sum() == 1
    ax.figure.canvas.draw()
    nothing = replace(screen, responses=np.full_like(holes, np.nan), _summaries={})
    with pytest.raises(InvalidValueError, match="nothing to draw"):
        hc.pl.dose_surface(nothing, "a", "b")


def test_the_map_has_every_pair_once(screen):
    ax = hc.pl.synergy_map(screen, by="hsa", statistic="max")
    image = ax.images[-1]
    values = np.ma.filled(image.get_array(), np.nan)
    expected = screen.per_pair("hsa", statistic="max").to_numpy()
    lower = np.tri(3, k=-1, dtype=bool)
    np.testing.assert_allclose(values[lower], expected[lower])
    assert np.isnan(values[~lower]).all()
    assert image.norm.vmin == -image.norm.vmax
    assert "Excess over best single drug, growth" in ax.figure.axes[-1].get_ylabel()


@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_the_words_of_a_map_stand_on_no_pair(n):
    weights = np.zeros((n + 1, n + 1))
    weights[0, 1:] = 0.8
    names, kinds = ["growth", *"abcdef"[:n]], ["phenotype", *["drug"] * n]
    few = hc.screen_combinations(
        hc.CellBox(names, kinds, weights), readout="growth", doses=2, input_range=-1.0
    )
    ax = hc.pl.synergy_map(few)
    ax.figure.canvas.draw()
    words = [text for text in ax.texts if text.get_text() in ("synergy", "antagonism")]
    assert len(words) == 2
    for word in words:
        box = word.get_window_extent().transformed(ax.transData.inverted())
        i, j = np.tril_indices(n, k=-1)  # the pair in row i and column j reaches half a step to each side
        beside = (box.x0 >= j + 0.5) | (box.x1 <= j - 0.5)
        assert (beside | (max(box.y0, box.y1) <= i - 0.5)).all()


def test_given_axes_are_used_and_bad_names_refused(screen):
    ax = plt.subplots()[1]
    assert hc.pl.dose_surface(screen, "a", "b", ax=ax) is ax
    ax = plt.subplots()[1]
    assert hc.pl.synergy_map(screen, ax=ax) is ax
    with pytest.raises(UnknownNameError, match="no drug 'd'"):
        hc.pl.dose_surface(screen, "a", "d")
    with pytest.raises(InvalidValueError, match="by is 'effect'"):
        hc.pl.synergy_map(screen, by="effect")
