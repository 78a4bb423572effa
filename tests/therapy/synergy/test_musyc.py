"""A surface in ten numbers: are they found, and do the intervals hold?"""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy.synergy.four_states import NAMES, surface_and_slopes
from tests.bars import Bars

A = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0])
B = np.array([0.0, 0.2, 0.6, 2.0, 6.0])
TRUTH = np.array([1.0, 0.4, 0.5, 0.1, *np.log([1.3, 1.8, 0.8, 1.5, 4.0, 2.0])])


def _surface(noise, seed=0, replicates=3):
    with np.errstate(divide="ignore"):
        logs = [np.log(g.ravel()) for g in np.meshgrid(A, B, indexing="ij")]
    clean = surface_and_slopes(TRUTH, *logs)[0].reshape(len(A), len(B))
    return clean + noise * np.random.default_rng(seed).normal(size=(replicates, *clean.shape))


def test_clear_data_give_the_numbers_back():
    fit = hc.synergy.musyc(_surface(1e-4), A, B, kind="viability")
    value = fit.parameters["value"]
    wanted = dict(zip(NAMES, [*TRUTH[:4], *np.exp(TRUTH[4:])]))
    for name, number in wanted.items():
        assert value[name] == pytest.approx(number, rel=0.05, abs=0.01)
    assert value["beta"] == pytest.approx((0.4 - 0.1) / (1 - 0.4), rel=0.05)
    assert fit.r_squared > 0.9999
    np.testing.assert_allclose(fit.predict(A[:, None], B), _surface(0.0)[0], atol=2e-3)


def test_intervals_cover_what_is_true():
    """Six screens, eleven numbers each; 95 % of 66 with room for their dependence."""
    wanted = np.array([*TRUTH[:4], *np.exp(TRUTH[4:]), 0.5])
    inside = []
    for seed in range(6):
        p = hc.synergy.musyc(_surface(0.05, seed=seed), A, B, kind="viability").parameters
        assert np.isfinite(p[["lower", "upper"]].to_numpy()).all()
        assert (p["lower"] <= p["value"]).all()
        assert (p["value"] <= p["upper"]).all()
        inside.append((p["lower"].to_numpy() <= wanted) & (wanted <= p["upper"].to_numpy()))
    assert 0.85 <= np.mean(inside) <= 1.0


def test_numbers_that_the_doses_do_not_show_stay_finite_and_say_so():
    low = slice(0, 3)  # far below what either drug needs
    fit = hc.synergy.musyc(_surface(0.02)[:, low, low], A[low], B[low], kind="viability")
    alpha = fit.parameters.loc["alpha12"]
    assert np.isfinite(alpha[["value", "lower", "upper"]].astype(float)).all()
    assert alpha["upper"] / alpha["lower"] > 20


def test_drugs_may_change_places_and_units_of_dose():
    surface = _surface(0.03)
    p = hc.synergy.musyc(surface, A, B, kind="viability").parameters["value"]
    turned = hc.synergy.musyc(1 - surface.transpose(0, 2, 1), B * 1000, A).parameters["value"]
    for one, other in (("E1", "E2"), ("h1", "h2"), ("alpha12", "alpha21"), ("E3", "E3"), ("beta", "beta")):
        assert turned[other] == pytest.approx(p[one], rel=1e-3, abs=1e-4)
    assert turned["C1"] == pytest.approx(p["C2"] * 1000, rel=1e-3)


def test_a_lost_well_is_left_out_and_the_fit_is_shown():
    surface = _surface(0.03)
    surface[0, 2, 2] = np.nan
    fit = hc.synergy.musyc(surface, A, B, kind="viability")
    assert fit.n == surface.size - 1
    assert "alpha12" in repr(fit)
    assert "potency of drug 2 with drug 1" in fit._repr_html_()


def test_bad_requests_are_told():
    with pytest.raises(InvalidValueError, match="six at least"):
        hc.synergy.musyc([[1, 0.5], [0.5, 0.2]], [0, 1], [0, 1], kind="viability")
    with pytest.raises(InvalidValueError, match="level is 95"):
        hc.synergy.musyc(_surface(0.1), A, B, kind="viability", level=95)


def test_a_bar_counts_the_ends_of_intervals_and_waits_two_seconds(monkeypatch):
    from hybridcell.therapy.synergy import musyc as function

    bars = Bars()
    monkeypatch.setitem(function.__globals__, "progress_bar", bars)
    hc.synergy.musyc(_surface(0.02), A, B, kind="viability", progress=True)
    [bar] = bars
    assert bar.n == bar.total == 1 + 2 * len(NAMES)
    assert bar.show is True
    assert bar.delay == 2.0
