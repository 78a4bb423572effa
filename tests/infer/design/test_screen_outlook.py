from dataclasses import replace

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData, as_conditions, as_perturbation_data
from hybridcell.infer.design import screen_outlook
from hybridcell.infer.design.continuous import AtSteadyState
from hybridcell.infer.design.screen_outlook import (
    ScreenKnowledge,
    disagreement_outlook,
    fisher_outlook,
    make_case,
)
from hybridcell.infer.design.screen_prior import prior_sd


@pytest.fixture(scope="module")
def case(fitted, screen):
    pool = as_conditions([{"aMEK": -1.0}, {"amTOR": -1.0}])
    data = as_perturbation_data(screen)
    return make_case(fitted.model, data, pool, readouts=["ERK", "AKT"], noise=None, settings={})


def test_noise_is_that_of_the_data_and_is_no_belief_about_numbers(case, screen):
    place = [list(screen.var_names).index(name) for name in ("ERK", "AKT")]
    np.testing.assert_allclose(case.noise, np.median(screen.layers["sd"], axis=0)[place])
    known = ScreenKnowledge(case)
    assert (known.sd > 0).all()
    # effects of drugs that were fitted say how large others may be, a ridge of 1 would say: as the noise
    theta = known.slopes.theta
    informed = np.any(known.measured != 0, axis=0)
    wide = prior_sd(known.free, known.frame, 10 * theta, informed, noise=0.05, settings={})
    ridge = wide != 0.5
    np.testing.assert_allclose(wide[ridge].max(), 10 * known.sd[ridge].max(), rtol=1e-6)


def test_outlook_is_the_formula_with_what_was_measured(case):
    found, known = fisher_outlook(case), ScreenKnowledge(case)
    asked, usable = known.scaled(case)
    assert usable.all()
    rows = asked.reshape(-1, asked.shape[2])
    left = np.eye(len(known.measured)) + known.measured @ known.measured.T
    seen = rows @ known.measured.T
    wanted = rows @ rows.T - seen @ np.linalg.solve(left, seen.T)
    features = found.features.reshape(len(rows), -1)
    np.testing.assert_allclose(features @ features.T, wanted, rtol=1e-5, atol=1e-6 * wanted.max())


def test_continuous_gains_shrink_once_taken(case):
    gains = AtSteadyState(case, ["amTOR"], {}, None)
    x = np.array([-1.0])
    before = gains.values(x[None])[0]
    gains.take(x)
    assert gains.values(x[None])[0] < 0.5 * before


NAMES, KINDS = ("a", "b", "d"), ("protein", "protein", "drug")
MODEL = hc.CellBox(NAMES, KINDS, np.zeros((3, 3)))
VALUES = np.array([[1.0, 4.0], [2.0, 4.0], [0.5, 4.0]])


def measured(values=VALUES, **more):
    return PerturbationData(
        values=values, readouts=NAMES[:2], kinds=KINDS[:2], conditions=("x", "y", "z"), perturbations=("d",),
        doses=np.array([[0.0], [-1.0], [-2.0]]), input="strength", control="implied", **more,
    )  # fmt: skip


def made(data, pool=({"d": -1.0},), **options):
    return make_case(
        MODEL, data, as_conditions(list(pool)), **{"readouts": None, "noise": None, "settings": {}, **options}
    )


@pytest.fixture
def off_by(monkeypatch):
    """Let the model miss a by 0.3 and b by 0.4 in all conditions, without simulating it."""
    states = np.column_stack([VALUES + np.array([0.3, -0.4]), np.zeros(3)])
    monkeypatch.setattr(screen_outlook, "model_states", lambda *_, **__: (states, np.ones(3, bool)))


def test_without_errors_of_measurement_noise_is_what_the_fit_leaves(off_by):
    np.testing.assert_allclose(made(measured()).noise, [0.3, 0.4])
    some = VALUES.copy()
    some[1:, 0] = np.nan
    np.testing.assert_allclose(made(measured(some)).noise, [0.3, 0.4])


def test_what_was_never_measured_is_taken_to_be_as_noisy_as_the_others(off_by):
    never = VALUES.copy()
    never[:, 1] = np.nan
    np.testing.assert_allclose(made(measured(never)).noise, [0.3, 0.3])
    sd = np.where(np.isfinite(never), 0.2, np.nan)
    np.testing.assert_allclose(made(measured(never, sd=sd)).noise, [0.2, 0.2])
    np.testing.assert_allclose(made(measured(), readouts=["b", "d"]).noise, [0.4, 0.4])


def test_noise_is_never_less_than_a_thousandth_of_what_is_measured():
    sd = np.full(VALUES.shape, 1e-9)
    np.testing.assert_allclose(made(measured(sd=sd)).noise, 1e-3 * np.sqrt(np.mean(VALUES**2)))


def test_noise_that_is_given_counts_for_candidates_and_for_what_was_measured():
    data = measured(sd=np.full(VALUES.shape, 0.2))
    by_name = made(data, noise={"b": 0.7})
    assert by_name.noise.tolist() == by_name.own_noise.tolist() == [0.2, 0.7]
    only_b = made(data, readouts=["b"], noise=0.7)
    assert (only_b.noise.tolist(), only_b.own_noise.tolist()) == ([0.7], [0.2, 0.7])
    assert made(data, noise=[0.1, 0.3]).noise.tolist() == [0.1, 0.3]
    assert made(data, readouts=["b", "a"], noise=[0.1, 0.3]).own_noise.tolist() == [0.3, 0.1]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"noise": [0.1, 0.2, 0.3]}, InvalidValueError, "one per readout, or a dict by readout"),
        ({"noise": np.inf}, InvalidValueError, "noise is inf; wanted positive numbers"),
        ({"noise": {"a": np.nan}}, InvalidValueError, "wanted positive numbers"),
        ({"noise": {"A": 1.0}}, UnknownNameError, r"named in noise\) 'A'. Did you mean 'a'"),
        ({"readouts": ["a", "a"]}, InvalidValueError, "names one twice"),
        ({"readouts": ["B"]}, UnknownNameError, "Did you mean 'b'"),
        ({"pool": [{"D": -1.0}]}, UnknownNameError, "Did you mean 'd'"),
    ],
)
def test_cases_that_cannot_be_ranked_are_said(options, error, words):
    with pytest.raises(error, match=words):
        made(measured(sd=np.full(VALUES.shape, 0.2)), **options)


def test_times_are_given_of_both_or_of_none():
    sd = np.full(VALUES.shape, 0.2)
    timed = measured(sd=sd, time=np.array([1.0, 2.0, 3.0]))
    with pytest.raises(DataError, match="The data have times and the candidates have none"):
        made(timed)
    pool = as_conditions([{"d": -1.0}, {"d": -2.0}])
    options = {"readouts": None, "noise": None, "settings": {}}
    with pytest.raises(DataError, match="The candidates have times and the data have none"):
        make_case(MODEL, measured(sd=sd), replace(pool, time=np.array([1.0, 2.0])), **options)
    with pytest.raises(DataError, match="no time from 0 on"):
        make_case(MODEL, timed, replace(pool, time=np.array([1.0, np.nan])), **options)
    with pytest.raises(DataError, match="no time from 0 on"):
        make_case(MODEL, timed, replace(pool, time=np.array([-1.0, 2.0])), **options)
    assert make_case(MODEL, timed, replace(pool, time=np.array([0.0, 2.0])), **options).times.tolist() == [
        0,
        2,
    ]
    assert made(measured(sd=sd)).times is None


def expected(values, usable):
    """Let members of an ensemble expect these values (members, candidates, nodes)."""
    return lambda *_, **__: (np.asarray(values, float), np.asarray(usable, bool))


def test_members_disagree_as_their_expectations_vary(monkeypatch):
    members = hc.Ensemble.from_models([MODEL] * 4)
    case = made(measured(sd=np.full(VALUES.shape, 0.2)), pool=[{"d": -1.0}, {"d": -2.0}, {"d": -3.0}])
    values = np.random.default_rng(0).normal(size=(4, 3, 3))
    usable = np.ones((4, 3), bool)
    usable[2, 1] = False
    usable[3] = False
    monkeypatch.setattr(screen_outlook, "ensemble_states", expected(values, usable))
    found = disagreement_outlook(case, members)
    # the last member has no state anywhere and does not count; the second candidate then has two members
    assert found.usable.tolist() == [True, False, True]
    flat = found.features[[0, 2]].reshape(4, -1)
    wanted = np.cov(values[:3, [0, 2], :2].reshape(3, 4).T) / 0.2**2
    np.testing.assert_allclose(flat @ flat.T, wanted, rtol=1e-9)
    assert not found.features[1].any()
    assert "1 of 3 candidates cannot be simulated and were left out: d -2." in found.remarks[0]
    assert len(found.remarks) == 1
    usable[1] = usable[2] = False
    with pytest.raises(InvalidValueError, match="this ensemble has 1 that can be used"):
        disagreement_outlook(case, members)
