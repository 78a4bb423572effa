"""Fits of networks to time courses, from the public door."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor

import jax.random as jr
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.fit.kinetics.measurements import read_measurements
from hybridcell.fit.kinetics.scales import scaled_to_data
from tests.fit.kinetics.courses import HYBRID, SOLVE, TIMES, TURNOVER, courses, free

KEY = jr.key(0)
TRUE = {"V": 1.2, "K": 0.8, "k": 0.5}
DECLARED = free(TURNOVER, *TRUE)
START = DECLARED.with_values({"V": 2.5, "K": 0.3, "k": 0.2})


def fit(network, data, **options):
    return hc.fit(network, data, key=KEY, progress=False, **options)


def values_of(network, *ids):
    found = dict(zip(network.equations.constants, np.asarray(network.values)))
    return np.array([found[id] for id in ids])


def values(fitted, *ids):
    return values_of(fitted.network, *ids)


@pytest.fixture(scope="module")
def noisy():
    """Return a fit of the true model to noisy data."""
    return fit(START, courses(noise=0.05))


@pytest.fixture(scope="module")
def hybrid():
    """Return a fit of the hybrid to noisy data under two conditions."""
    return fit(free(HYBRID, "k"), courses(noise=0.03, sd=0.03, conditions=({}, {"S": 1.5})))


def test_exact_data_give_the_parameters_back():
    fitted = fit(START, courses(sd=0.01, conditions=({}, {"S": 1.0}, {"k": 1.5})))
    assert fitted.result == "success"
    assert_allclose(values(fitted, *TRUE), [*TRUE.values()], rtol=1e-3)
    assert fitted.chi2 < 0.1
    assert (fitted.parameters["verdict"] == "determined").all()


def test_errors_cover_the_truth(noisy):
    table = noisy.parameters
    assert [*table.index] == [*TRUE]
    assert [*table.columns] == ["value", "sd", "relative_sd", "verdict"]
    assert (np.abs(table["value"] - [*TRUE.values()]) < 4 * table["sd"]).all()
    assert_allclose(table["relative_sd"], table["sd"] / table["value"])
    assert_allclose(table["value"], values(noisy, *TRUE))
    assert noisy.result == "success"
    assert 8 < noisy.chi2 < 45
    assert noisy.n_data == 24
    assert_allclose(noisy.bic, noisy.chi2 + 3 * np.log(24), rtol=1e-3)
    assert noisy.sd == {}
    assert noisy.info["attempts"] == 1
    assert noisy.info["free numbers"] == 3


def test_standard_errors_are_those_of_repetition(noisy):
    many = np.stack([values(fit(DECLARED, courses(noise=0.05, seed=s)), *TRUE) for s in range(12)])
    assert_allclose(noisy.parameters["sd"], many.std(axis=0), rtol=0.7)


def test_the_order_of_rows_changes_nothing(noisy):
    data = courses(noise=0.05)
    shuffled = data[np.random.default_rng(0).permutation(data.n_obs)].copy()
    assert_allclose(values(fit(START, shuffled), *TRUE), values(noisy, *TRUE), rtol=1e-4)


def test_missing_entries_do_not_count(noisy):
    data = courses(noise=0.05)
    data.X[4, 0] = data.X[6, 1] = np.nan
    data.layers["sd"][4, 0] = np.nan
    fitted = fit(START, data)
    assert fitted.n_data == noisy.n_data - 2
    assert_allclose(values(fitted, *TRUE), values(noisy, *TRUE), rtol=0.15)


def test_without_errors_they_are_estimated():
    fitted = fit(START, courses(noise=0.05, sd=None))
    assert fitted.result == "success"
    assert {*fitted.sd} == {"S", "P"}
    assert_allclose([*fitted.sd.values()], 0.05, rtol=0.5)
    assert_allclose(fitted.chi2, fitted.n_data, rtol=0.05)


def test_errors_can_be_an_option():
    one = fit(START, courses(noise=0.05, sd=None), sd={"S": 0.05, "P": 0.05})
    two = fit(START, courses(noise=0.05, sd=None), sd=0.1)
    assert_allclose(one.chi2, 4 * two.chi2, rtol=1e-3)
    assert one.sd == {}


def test_log_normal_errors():
    data = courses()
    data.X = np.asarray(data.X) * np.exp(0.05 * np.random.default_rng(0).normal(size=data.shape))
    fitted = fit(START, data, noise="log-normal")
    assert fitted.result == "success"
    assert_allclose(values(fitted, *TRUE), [*TRUE.values()], rtol=0.3)


def test_log_normal_errors_are_estimated_at_any_size():
    scaled = TURNOVER.with_values({"S": 3e-3, "P": 2e-4, "V": 1.2e-3, "K": 8e-4})
    data = courses(scaled, sd=None)
    data.X = np.asarray(data.X) * np.exp(0.05 * np.random.default_rng(0).normal(size=data.shape))
    fitted = fit(free(scaled, *TRUE), data, noise="log-normal", retries=0)
    assert_allclose([*fitted.sd.values()], 0.05, rtol=0.5)
    assert fitted.result == "success"


def test_a_model_that_cannot_describe_the_data_says_so():
    wrong = free(TURNOVER, "k").with_values({"V": 0.1})
    fitted = fit(wrong, courses(sd=0.02), retries=2)
    assert fitted.result != "success"
    assert fitted.result.startswith("the model does not describe the data: chi-square")
    assert "best of 3 attempts" in fitted.result
    assert fitted.info["attempts"] == 3
    assert "does not describe" in repr(fitted)
    assert fit(wrong, courses(sd=0.02), retries=0).info["attempts"] == 1


@pytest.mark.parametrize("noise", ["normal", "log-normal"])
def test_where_errors_are_estimated_it_says_how_far_off_it_is(noise):
    """Chi-square is then the number of measurements, whatever the model."""
    fitted = fit(free(TURNOVER, "k").with_values({"V": 0.1}), courses(sd=None), noise=noise, retries=0)
    of = "range" if noise == "normal" else "size"
    said = rf"the model does not describe the data: it is off by (\d+)% of the {of} of '(\w+)', best of 1 .*"
    found = re.fullmatch(said, fitted.result)
    assert found
    values = np.asarray(courses().to_df()[found[2]])
    size = np.ptp(values) if noise == "normal" else 1.0
    assert float(found[1]) / 100 == pytest.approx(fitted.sd[found[2]] / size, abs=0.006)


@pytest.mark.parametrize("warm_start", ["none", "auto"])
def test_a_start_that_cannot_be_simulated_says_so(warm_start):
    fitted = fit(DECLARED.with_values({"S": np.nan}), courses(), retries=0, warm_start=warm_start)
    assert fitted.result.startswith("the model cannot be simulated where the fit starts")


def test_the_hybrid_finds_the_law(hybrid):
    assert hybrid.result == "success"
    s = np.linspace(0.5, 2.5, 9)
    tests = [{"S": v} for v in s]
    found, wanted = (
        hc.simulate(n, t1=1e-3, ts=np.array([1e-3]), conditions=tests, solve=hc.Solve(backend="numpy"))[
            "turn"
        ]
        for n in (hybrid.network, TURNOVER)
    )
    assert_allclose(found, wanted, rtol=0.15)
    assert [*hybrid.parameters.index] == ["k", "nn_turn_k"]
    assert "nn_turn_w1_1_1" in hybrid.weights.index
    assert 0 < hybrid.residual_share <= 1
    assert "neural share" in hybrid._repr_html_()
    assert_allclose(values(hybrid, "k"), 0.5, rtol=0.2)


def test_weights_count_as_far_as_the_data_determine_them(hybrid):
    assert 2 < hybrid.info["determined by data"] < hybrid.info["free numbers"]
    assert hybrid.bic < hybrid.chi2 + hybrid.info["free numbers"] * np.log(hybrid.n_data)


def test_inputs_are_scaled_by_the_data(hybrid):
    (hole,) = hybrid.network.holes
    measured = np.asarray(hybrid.train.X)[:, 0]
    assert_allclose(values(hybrid, hole.scales[0]), np.median(np.abs(measured)))


@pytest.mark.parametrize(
    "last",
    [
        "nn_turn_w2_1_1",
        "nn_turn_l_1_1",
    ],
)
def test_a_trained_piece_keeps_its_scale(hybrid, last):
    (hole,) = hybrid.network.holes
    trained = HYBRID.with_values({last: 0.4, hole.scales[0]: 0.7})
    measured = read_measurements(trained, hybrid.train)
    assert values_of(scaled_to_data(trained, measured, SOLVE), hole.scales[0]) == 0.7
    fresh = HYBRID.with_values({hole.scales[0]: 0.7})
    assert values_of(scaled_to_data(fresh, measured, SOLVE), hole.scales[0]) != 0.7


def test_free_says_what_moves():
    fitted = fit(TURNOVER.with_values({"k": 0.3}), courses(noise=0.02), free=["k"])
    assert [*fitted.parameters.index] == ["k"]
    assert_allclose(values(fitted, "V", "K"), [1.2, 0.8])
    assert_allclose(values(fitted, "k"), 0.5, rtol=0.05)


def test_a_start_can_be_fitted():
    fitted = fit(free(TURNOVER.with_values({"P": 1.0}), "P", "k"), courses(sd=0.01))
    assert_allclose(values(fitted, "P", "k"), [0.2, 0.5], rtol=0.02)


def test_bounds_hold_and_are_said():
    bounded = TURNOVER.with_parameters({"k": hc.Parameter(0.3, transform="log", bounds=(0.1, 0.4))})
    fitted = fit(bounded, courses(sd=0.05), retries=0)
    assert_allclose(values(fitted, "k"), 0.4)
    assert fitted.parameters.loc["k", "verdict"] == "at its bound"
    assert "k" in fitted._repr_html_()


def test_priors_pull():
    def fitted_to(spread):
        prior = ("log-normal", float(np.log(2.0)), spread)
        return values(fit(free(TURNOVER, "k", prior=prior), courses(sd=0.3), retries=0), "k")[0]

    tight, wide = fitted_to(0.01), fitted_to(10.0)
    assert_allclose(tight, 2.0, rtol=0.1)
    assert_allclose(wide, 0.5, rtol=0.02)
    assert wide < fitted_to(0.1) < tight


@pytest.fixture(scope="module")
def loose():
    """Return a fit in which two constants stand as a product alone, and one is read by nothing measured."""
    network = hc.read_sbml(
        """model loose
        S -> ; k1*k2*S; S = 3; k1 = 0.5; k2 = 1
        P -> ; k3*P; P = 2; k3 = 0.3
        Q -> ; k4*Q; Q = 1; k4 = 1
        end"""
    )
    return fit(network, courses(network, noise=0.01, sd=0.01))


def test_a_product_that_alone_counts_is_uncertain(loose):
    table = loose.parameters
    assert_allclose(np.prod(values(loose, "k1", "k2")), 0.5, rtol=0.02)
    assert (table.loc[["k1", "k2"], "verdict"] == "uncertain").all()


def test_what_nothing_measured_reads_is_uncertain(loose):
    table = loose.parameters
    assert table.loc["k3", "verdict"] == "determined"
    assert table.loc["k4", "verdict"] == "uncertain"
    assert table.loc["k4", "sd"] == np.inf
    assert np.isfinite(loose.bic)


@pytest.mark.parametrize(
    "options",
    [
        {"horizon": (0.6, 1.0)},
        {"warm_start": "none"},
        {"warm_start": "matching"},
        {"method": "adam", "steps": 30, "batch": 1, "learning_rate": 0.05},
    ],
    ids=str,
)
def test_other_ways_end_at_the_same_place(noisy, options):
    fitted = fit(START, courses(noise=0.05), **options)
    assert fitted.result == "success"
    assert_allclose(values(fitted, *TRUE), values(noisy, *TRUE), rtol=1e-2)


def test_a_penalty_moves_work_to_the_mechanism():
    data = courses(noise=0.03, sd=0.03)
    mechanism = free(TURNOVER.replace("turn", _law()), "V", "K", "k")

    def size(penalty):
        fitted = fit(mechanism, data, penalty=penalty, retries=0)
        seen = hc.simulate(fitted.network, t1=6.0, ts=TIMES, solve=hc.Solve(backend="numpy"))
        return float(np.mean(np.asarray(seen["nn_turn"]) ** 2))

    assert size(1e4) < 0.1 * size(1e-6)


def _law():
    return hc.NeuralRate(["S"], width=1, around="law", key=KEY)


def test_the_history_goes_down(noisy):
    history = noisy.history
    assert (np.diff(history["train_loss"]) <= 0).all()
    assert_allclose(history["train_loss"].iloc[-1], noisy.loss)


def test_the_same_key_gives_the_same_bits(noisy):
    again = fit(START, courses(noise=0.05))
    assert np.array_equal(np.asarray(again.network.values), np.asarray(noisy.network.values))


def _all_missing():
    data = courses()
    data.X[:] = np.nan
    return data


def _without_time():
    data = courses()
    del data.obs["time"]
    return data


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        (_without_time, {}, DataError, "Fitting a reaction network needs times"),
        (_all_missing, {}, DataError, "nothing to fit: every entry"),
        (lambda: courses(sd=-1.0), {}, DataError, "must be positive wherever a value is measured"),
        (lambda: courses(conditions=({"k": 0.1}, {"k": 1.0})), {}, InvalidValueError,
         "'k' is to be fitted, but every condition of the data sets it"),
        (courses, {"free": ["kk"]}, UnknownNameError, "'kk'. Did you mean 'k'"),
        (courses, {"freee": ["k"]}, UnknownNameError, r"option of fit \(of a reaction network\) 'freee'"),
        (courses, {"noise": "lognormal"}, InvalidValueError, "noise is 'lognormal'.*'log-normal'"),
        (courses, {"method": "sgd"}, InvalidValueError, "method is 'sgd'"),
        (courses, {"warm_start": "match"}, InvalidValueError, "warm_start is 'match'"),
        (courses, {"iterations": 0}, InvalidValueError, "iterations is 0; wanted a whole number, at least 1"),
        (courses, {"retries": -1}, InvalidValueError, "retries is -1"),
        (courses, {"steps": 2.5}, InvalidValueError, "steps is 2.5"),
        (courses, {"segments": 1}, InvalidValueError, "segments is 1; wanted a whole number, at least 2"),
        (courses, {"batch": 0}, InvalidValueError, "batch is 0; wanted a number of conditions"),
        (courses, {"penalty": -1.0}, InvalidValueError, "penalty is -1.0; wanted a number from 0 on"),
        (courses, {"penalty": np.nan}, InvalidValueError, "penalty is nan"),
        (courses, {"horizon": (0.5,)}, InvalidValueError, "growing shares of the time that end with 1"),
        (courses, {"horizon": (1.0, 0.5)}, InvalidValueError, "growing shares"),
        (courses, {"horizon": ()}, InvalidValueError, "growing shares"),
        (courses, {"learning_rate": 0.0}, InvalidValueError, "learning_rate is 0.0"),
        (courses, {"learning_rate": {"neurla": 0.1}}, UnknownNameError, "'neurla'. Did you mean 'neural'"),
        (courses, {"solve": hc.Solve(backend="numpy")}, InvalidValueError, "NumPy backend has none; take"),
        (courses, {"validation": 0.2}, InvalidValueError, "validation and checkpoint are for CellBox models"),
        (courses, {"checkpoint": "x.hc"}, InvalidValueError, "validation and checkpoint are for CellBox"),
    ],
)  # fmt: skip
def test_bad_requests_are_refused(data, options, error, message):
    with pytest.raises(error, match=message):
        fit(START, data(), **options)


@pytest.mark.parametrize(("sd", "tried"), [(0.05, 1), (0.001, 3)])
def test_executors_make_the_same_fit(sd, tried):
    data = courses(noise=0.05, sd=sd)
    expected = fit(START, data, retries=2)
    with ThreadPoolExecutor(2) as pool:
        found = fit(START, data, retries=2, executor=pool)
    assert found.info == expected.info
    assert found.info["attempts"] == tried
    assert_array_equal(found.network.values, expected.network.values)
    assert found.result == expected.result


def test_a_fit_travels_to_other_processes(noisy):
    again = pickle.loads(pickle.dumps(noisy))
    assert again.result == noisy.result
    assert again.search is not noisy.search
    for name in ("value", "sd", "weight", "base", "ts"):
        task, other = noisy.search.objective.task, again.search.objective.task
        assert_array_equal(getattr(other, name), getattr(task, name))
    assert again.search.free.ids == noisy.search.free.ids
