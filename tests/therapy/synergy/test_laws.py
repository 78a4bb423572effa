"""What holds for every synergy model: places of drugs, units of doses, drugs that do nothing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell.therapy.synergy import HillCurve, fit_hill
from hybridcell.therapy.synergy._surface import alone_effects, inhibition_surface, only_combinations
from hybridcell.therapy.synergy.loewe import additive_level

DOSES = np.array([0.0, 0.2, 1.0, 4.0, 20.0])
OTHER = np.array([0.0, 0.5, 1.0, 3.0, 30.0])
FORMULAS = (hc.synergy.bliss, hc.synergy.hsa)
MODELS = (*FORMULAS, hc.synergy.loewe, hc.synergy.zip, hc.synergy.combination_index)
curves = st.builds(
    HillCurve,
    top=st.just(1.0),
    bottom=st.floats(0.0, 0.5),
    slope=st.floats(0.7, 2.5),
    ec50=st.floats(0.5, 5.0),
)
surfaces = arrays(float, (3, 3), elements=st.floats(0.0, 1.0))


def _smooth(seed):
    """Return a surface of two drugs with some interaction and a little noise: fractions left."""
    rng = np.random.default_rng(seed)
    one, two = HillCurve(1.0, 0.1, 1.2, 2.0), HillCurve(1.0, 0.3, 0.9, 3.0)
    left = np.outer(one(DOSES), two(OTHER)) ** rng.uniform(0.7, 1.4)
    left[1:, 1:] += 0.01 * rng.normal(size=(4, 4))
    return left


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(2))
def test_drugs_change_places_and_units(model, seed):
    left = _smooth(seed)
    found = model(left, DOSES, OTHER, kind="viability")
    turned = model(left.T, OTHER, DOSES, kind="viability")
    np.testing.assert_allclose(turned.T, found, atol=2e-6, equal_nan=True)
    nanomolar = model(left, DOSES * 1e3, OTHER * 1e-6, kind="viability")
    np.testing.assert_allclose(nanomolar, found, atol=2e-5, equal_nan=True)


@pytest.mark.parametrize("model", MODELS)
def test_a_drug_that_does_nothing_has_no_synergy(model):
    left = np.outer(HillCurve(1.0, 0.1, 1.3, 1.0)(DOSES), np.ones(5))
    found = model(left, DOSES, OTHER, kind="viability")
    wanted = 1.0 if model is hc.synergy.combination_index else 0.0
    known = found[~np.isnan(found)]  # no dose of the idle drug has the effect, so that there is no index
    np.testing.assert_allclose(known, wanted, atol=1e-5)
    assert known.size >= 9


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_whole_numbers_are_numbers(model):
    left = _smooth(0)
    found = model(left.tolist(), list(DOSES), tuple(OTHER), kind="viability")
    np.testing.assert_array_equal(found, model(left, DOSES, OTHER, kind="viability"))


@settings(max_examples=40)
@given(surfaces, st.permutations([1, 2]), st.permutations([1, 2]))
def test_formulas_go_point_by_point(surface, rows, columns):
    """Which other doses were measured changes nothing: take some of them, or add none in between."""
    surface[0, 0] = 0.0
    for model in FORMULAS:
        whole = model(surface, [0, 1, 2], [0, 1, 2])
        for i, j in zip(rows, columns):
            part = model(surface[np.ix_([0, i], [0, j])], [0, 1], [0, 1])
            assert part[1, 1] == pytest.approx(whole[i, j], abs=1e-12)


@settings(max_examples=40)
@given(surfaces, st.floats(-0.3, 0.3))
def test_more_effect_of_the_pair_is_as_much_more_excess(surface, more):
    surface[0, 0] = 0.0
    changed = surface.copy()
    changed[2, 1] += more
    for model in FORMULAS:
        gain = model(changed, [0, 1, 2], [0, 1, 2]) - model(surface, [0, 1, 2], [0, 1, 2])
        assert gain[2, 1] == pytest.approx(more, abs=1e-12)
        gain[2, 1] = 0.0
        assert not gain.any()


@settings(max_examples=40)
@given(arrays(float, (2, 2, 2), elements=st.floats(0.0, 1.0)))
def test_three_drugs_may_change_places(surface):
    surface[0, 0, 0] = 0.0
    for model in FORMULAS:
        found = model(surface, [0, 1], [0, 2], [0, 3])
        for order in ((1, 0, 2), (2, 1, 0), (1, 2, 0)):
            axes = [[[0, 1], [0, 2], [0, 3]][k] for k in order]
            np.testing.assert_allclose(
                model(surface.transpose(order), *axes), found.transpose(order), atol=1e-12
            )
        # a third drug at dose 0 leaves the excess of the two
        np.testing.assert_allclose(model(surface[:, :, 0], [0, 1], [0, 2]), found[:, :, 0], atol=1e-12)


@settings(max_examples=40)
@given(curves, curves, st.floats(0.0, 50.0), st.floats(0.0, 50.0), st.floats(1.0, 10.0))
def test_additive_drugs_leave_less_at_more_dose_and_never_more_than_each_alone(one, two, a, b, more):
    level = additive_level([one, two], [a, b])
    assert level <= min(float(one(a)), float(two(b))) + 1e-9
    assert level >= min(one.bottom, two.bottom) - 1e-9
    assert additive_level([one, two], [a * more, b]) <= level + 1e-7
    assert additive_level([two, one], [b, a]) == pytest.approx(level, abs=1e-7)


@settings(max_examples=20)
@given(curves, st.floats(0.1, 40.0), st.floats(0.01, 0.99))
def test_a_drug_in_two_portions_is_the_drug(curve, dose, share):
    level = additive_level([curve, curve], [dose * share, dose * (1 - share)])
    assert level == pytest.approx(float(curve(dose)), abs=1e-9)


def test_no_drug_and_endless_drug():
    curve = HillCurve(1.0, 0.25, 1.0, 2.0)
    assert additive_level([curve, curve], [0.0, 0.0]) == 1.0
    assert additive_level([curve, curve], [1e300, 1e-300]) == pytest.approx(0.25)
    assert [float(curve(d)) for d in (0.0, 1e-320, 1e308, np.inf)] == pytest.approx([1.0, 1.0, 0.25, 0.25])
    np.testing.assert_array_equal(curve.dose([1.0, 0.25, 0.2, 1.1, np.nan]), [0.0, *[np.nan] * 4])


@settings(max_examples=40)
@given(curves, st.floats(0.01, 100.0), st.floats(1.01, 10.0))
def test_a_curve_falls_and_its_unit_is_that_of_the_doses(curve, dose, factor):
    assert float(curve(dose * factor)) < float(curve(dose)) < curve.top
    scaled = HillCurve(curve.top, curve.bottom, curve.slope, curve.ec50 * factor)
    assert float(scaled(dose * factor)) == pytest.approx(float(curve(dose)), rel=1e-12)


@pytest.mark.parametrize("factor", [1e-300, 1e-9, 1.0, 1e12, 1e290])
def test_the_size_of_the_unit_does_not_change_the_fit(factor):
    left = [1.0, 0.9, 0.55, 0.1, 0.02]
    found, plain = fit_hill(DOSES * factor, left), fit_hill(DOSES, left)
    assert found.ec50 == pytest.approx(plain.ec50 * factor, rel=1e-6)
    assert (found.top, found.bottom, found.slope) == pytest.approx(
        (plain.top, plain.bottom, plain.slope), rel=1e-6
    )


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_a_drug_that_does_nothing_has_a_flat_curve(level):
    found = fit_hill(DOSES, np.full(5, level))
    np.testing.assert_allclose(found(np.array([0.0, 0.01, 1.0, 1e6])), level, atol=1e-9)


def test_the_order_of_measurements_does_not_matter_and_replicates_count():
    left = np.array([1.0, 0.93, 0.61, 0.2, 0.11])
    turned = np.random.default_rng(0).permutation(5)
    one, other = fit_hill(DOSES, left), fit_hill(DOSES[turned], left[turned])
    twice = fit_hill(np.repeat(DOSES, 2), np.repeat(left, 2))
    assert (other.ec50, twice.ec50) == pytest.approx((one.ec50, one.ec50), rel=1e-5)


@pytest.mark.parametrize(
    ("doses", "left", "message"),
    [
        (DOSES, [1.0, 0.5], r"shape \(5,\) and fractions of shape \(2,\)"),
        (np.eye(2), np.eye(2), "wanted one fraction for each dose"),
        (-DOSES, [1, 0.9, 0.5, 0.2, 0.1], "doses 0 or more"),
        ([*DOSES[:4], np.inf], [1, 0.9, 0.5, 0.2, 0.1], "must be finite"),
        (DOSES, [1, 0.9, -np.inf, 0.2, 0.1], "NaN is a lost well"),
    ],
)
def test_what_is_no_curve_is_refused(doses, left, message):
    with pytest.raises(InvalidValueError, match=message):
        fit_hill(np.asarray(doses), left)


def test_wells_that_are_all_lost_are_counted():
    with pytest.raises(NotConvergedError, match="0 are measured"):
        fit_hill(DOSES, np.full(5, np.nan))


@settings(max_examples=40)
@given(arrays(float, (2, 3, 2), elements=st.floats(-1.0, 1.0)))
def test_what_drugs_do_alone_is_read_from_the_margins(surface):
    alone = alone_effects(surface)
    assert alone.shape == (2, 3, 2, 3)
    for i, j, k in np.ndindex(surface.shape):
        assert alone[i, j, k].tolist() == [surface[i, 0, 0], surface[0, j, 0], surface[0, 0, k]]
    excess = only_combinations(np.ones(surface.shape), surface, nothing=7.0)
    margin = (np.indices(surface.shape) > 0).sum(axis=0) < 2
    np.testing.assert_array_equal(excess, np.where(margin, 7.0, 1.0))


def test_a_surface_is_a_copy_as_inhibition():
    given = np.array([[1.0, 0.5], [np.nan, 0.25]])
    found = inhibition_surface(given, ([0, 1], [0, 1]), "viability")
    np.testing.assert_array_equal(found, [[0.0, 0.5], [np.nan, 0.75]])
    found[:] = 9.0
    assert given[0, 0] == 1.0


@pytest.mark.parametrize(
    ("control", "kind", "other"), [(0.6, "inhibition", True), (0.5, "inhibition", False)]
)
def test_only_a_control_nearer_to_the_other_kind_is_noticed(control, kind, other):
    surface = np.array([[control, 0.9], [0.9, 0.95]])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        hc.synergy.bliss(surface, [0, 1], [0, 1], kind=kind)
    assert any("say kind=" in str(one.message) for one in caught) is other


@pytest.mark.parametrize(
    ("responses", "message"),
    [
        ([[["x", 1.0], [1.0, 1.0]]], "wanted numbers"),
        ([[0.0, 1.0], [1.0]], "wanted numbers"),
        (np.zeros((0, 2, 2)), r"shape \(0, 2, 2\); wanted one replicate"),
        (np.zeros((1, 1, 2, 2)), r"shape \(1, 1, 2, 2\)"),
        (np.zeros(2), r"shape \(2,\)"),
    ],
)
def test_what_is_no_surface_with_replicates_is_refused(responses, message):
    for ask in (
        lambda: hc.synergy.musyc(responses, [0, 1], [0, 1]),
        lambda: hc.synergy.extrapolate(responses, [0, 1], [0, 1], [1.0], [1.0]),
    ):
        with pytest.raises(InvalidValueError, match=message):
            ask()
