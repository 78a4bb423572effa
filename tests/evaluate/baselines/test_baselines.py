"""Each baseline against what its definition says, and the laws that all of them obey."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError, HybridCellError, InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData
from hybridcell.evaluate import baselines
from hybridcell.evaluate.baselines import (
    Additive,
    Control,
    HighestSingle,
    KernelRidge,
    NearestNeighbors,
    Ridge,
    SaturatingRidge,
    ShrunkenMean,
    TrainingMean,
)
from hybridcell.evaluate.baselines.kernel_ridge import _Settings

ALL = baselines.available()


def screen(doses, values, *, names=None, **options) -> PerturbationData:
    doses, values = np.asarray(doses, dtype=float), np.asarray(values, dtype=float)
    options = {"input": "strength", "control": "implied"} | options
    return PerturbationData(
        values=values,
        readouts=[f"r{j}" for j in range(values.shape[1])],
        kinds=["protein"] * values.shape[1],
        conditions=[f"c{i}" for i in range(len(doses))],
        perturbations=names or list("ABCDEFGH"[: doses.shape[1]]),
        doses=doses,
        **options,
    )


def simulated(seed=0, n=30, p=5, r=4, noise=0.05, **options) -> PerturbationData:
    """A screen of singles and pairs with additive, similar drug effects."""
    rng = np.random.default_rng(seed)
    doses = np.zeros((n, p))
    for i in range(n):
        drugs = [i % p] if i < p else rng.choice(p, 2, replace=False)
        doses[i, drugs] = rng.choice([-0.5, -1.0, -2.0], len(drugs))
    effects = rng.normal(size=r) + 0.3 * rng.normal(size=(p, r))
    return screen(doses, doses @ effects + noise * rng.normal(size=(n, r)), **options)


def test_control_is_zero_where_implied_and_the_mean_control_where_measured():
    assert not Control().fit(simulated()).predict({"A": -1.0}).any()
    data = screen([[0], [0], [1]], [[1, np.nan], [3, np.nan], [9, 4]], input="dose", control="measured")
    np.testing.assert_allclose(Control().fit(data).predict([{}, {"A": 1.0}]), [[2, 4], [2, 4]])


def test_measured_controls_of_the_same_context_and_time_are_used():
    data = screen(
        [[0], [0], [0], [1]],
        [[1.0], [5.0], [7.0], [9.0]],
        input="dose",
        control="measured",
        context=["x", "y", "y", "y"],
        time=[0.0, 0.0, 2.0, 2.0],
    )
    fitted = Control().fit(data)
    np.testing.assert_allclose(fitted.predict(data)[:, 0], [1, 5, 7, 7])
    elsewhere = replace(data, context=("x", "y", "z", "y"), time=np.array([9.0, 9.0, 0.0, 2.0]))
    np.testing.assert_allclose(fitted.predict(elsewhere)[:, 0], [1, 6, 13 / 3, 7])
    # The drug's effect is relative to its own control, and comes on top of the control of the place asked.
    np.testing.assert_allclose(TrainingMean().fit(data).predict(elsewhere)[0, 0], 1 + 2)


def test_training_mean_counts_treated_rows_once_each():
    data = screen([[0], [1], [1], [2]], [[0], [1], [np.nan], [4]], input="dose", control="measured")
    np.testing.assert_allclose(TrainingMean().fit(data).predict({"A": 1.0}), [[2.5]])


def test_additive_takes_the_measured_single_else_the_nearest_scaled():
    data = screen(
        [[-1, 0, 0], [-2, 0, 0], [0, -1, 0], [-1, 0, -1]],
        [[1.0, 10], [1.6, np.nan], [-4, 4], [100, 200]],
    )
    fitted = Additive().fit(data)
    asked = [{"A": -2.0, "B": -1.0}, {"A": -4.0}, {"A": -1.0, "C": -1.0}, {"C": -1.0}, {"new": -1.0}, {}]
    mean = [(1 + 1.6 - 4 + 100) / 4, (10 + 4 + 200) / 3]
    np.testing.assert_allclose(
        fitted.predict(asked), [[1.6 - 4, 20 + 4], [3.2, 40], [1, 10], mean, mean, [0, 0]]
    )


def test_replicates_of_a_single_are_averaged():
    data = screen([[-1], [-1]], [[1.0], [2.0]])
    np.testing.assert_allclose(Additive().fit(data).predict({"A": -1.0}), [[1.5]])


def test_highest_single_keeps_the_sign_of_the_larger_magnitude_per_readout():
    data = screen([[-1, 0], [0, -1]], [[1.0, -2.0], [-3.0, 0.5]])
    np.testing.assert_allclose(HighestSingle().fit(data).predict({"A": -1.0, "B": -1.0}), [[-3.0, -2.0]])


def test_ridge_solves_the_normal_equations_without_intercept():
    u = np.random.default_rng(0).normal(size=(12, 3))
    data = screen(u, np.random.default_rng(1).normal(size=(12, 4)))
    fitted = Ridge(penalty=0.7).fit(data)
    expected = np.linalg.solve(u.T @ u + 0.7 * np.eye(u.shape[1]), u.T @ data.values)
    np.testing.assert_allclose(fitted.predict(data), u @ expected, atol=1e-10)
    saturating = SaturatingRidge(penalty=0.7).fit(data)
    t = np.tanh(u)
    expected = np.linalg.solve(t.T @ t + 0.7 * np.eye(u.shape[1]), t.T @ data.values)
    np.testing.assert_allclose(saturating.predict(data), t @ expected, atol=1e-10)


def test_ridge_shrinks_more_where_noise_is_more():
    assert Ridge().fit(simulated(noise=2.0)).penalty > Ridge().fit(simulated(noise=0.01)).penalty


def test_kernel_ridge_learns_what_ridge_cannot():
    u = -np.linspace(0.2, 3, 20)[:, None]
    data = screen(u, np.sin(2 * u))
    between = [{"A": float(v)} for v in (u[1:] + u[:-1])[:, 0] / 2]
    truth = np.sin([2 * c["A"] for c in between])
    kernel = KernelRidge().fit(data).predict(between)[:, 0]
    linear = Ridge().fit(data).predict(between)[:, 0]
    assert np.abs(kernel - truth).max() < 0.05
    assert np.abs(linear - truth).max() > 0.5


def test_nearest_neighbors_of_a_training_row_is_that_row():
    data = simulated(p=6)
    np.testing.assert_allclose(NearestNeighbors(k=1).fit(data).predict(data.subset([7])), data.values[[7]])


def test_nearest_neighbors_chooses_one_for_exact_copies_and_many_for_noise():
    u = np.repeat(-np.linspace(0.1, 2, 12), 2)[:, None] + np.tile([0, 1e-3], 12)[:, None]
    steps = np.repeat(np.random.default_rng(0).normal(size=12), 2)[:, None]
    assert NearestNeighbors().fit(screen(u, steps)).k == 1
    noise = np.random.default_rng(1).normal(size=(24, 30))
    assert NearestNeighbors().fit(screen(u, noise)).k > 10


def test_shrunken_mean_is_ridge_for_known_drugs_and_uses_the_others_for_new_ones():
    data = simulated(noise=0.01)
    fitted = ShrunkenMean().fit(data)
    np.testing.assert_allclose(fitted.predict(data), Ridge().fit(data).predict(data))
    assert 0.5 < fitted.factor <= 1, "the simulated drugs are alike"
    mean = fitted.factor * fitted.coefficients.mean(axis=0)
    np.testing.assert_allclose(fitted.predict({"new": -2.0})[0], -2 * mean)
    both = fitted.predict([{"A": -1.0, "new": -2.0}, {"A": -1.0}])
    np.testing.assert_allclose(both[0] - both[1], -2 * mean)


def test_shrunken_mean_shrinks_to_nothing_where_drugs_have_nothing_in_common():
    effects = np.kron(np.eye(4), [[1.0, -1.0]])
    data = screen(-np.eye(4), -effects)
    assert ShrunkenMean().fit(data).factor < 0.01
    assert ShrunkenMean().fit(data.subset([0])).factor == 0.0


@pytest.mark.parametrize("name", ["kernel_ridge", "shrunken_mean"])
def test_a_new_drug_like_the_others_is_predicted_better_than_by_nothing(name):
    data = simulated(noise=0.05, p=6, n=36)
    new = data.doses[:, 5] != 0
    predicted = baselines.fit_predict([name, "ridge"], data.subset(~new), data.subset(new))
    error = {k: np.mean((v - data.values[new]) ** 2) for k, v in predicted.items()}
    assert error[name] < 0.5 * error["ridge"]


@pytest.mark.parametrize("name", ALL)
def test_order_of_rows_columns_and_readouts_does_not_matter(name):
    data = simulated()
    test = simulated(seed=1, n=8)
    predicted = baselines.fit_predict([name], data, test)[name]
    rng = np.random.default_rng(3)
    rows, drugs, readouts = rng.permutation(len(data)), rng.permutation(5), rng.permutation(4)
    shuffled = replace(
        data.subset(rows),
        values=data.values[rows][:, readouts],
        readouts=tuple(data.readouts[j] for j in readouts),
        doses=data.doses[rows][:, drugs],
        perturbations=tuple(data.perturbations[j] for j in drugs),
    )
    again = baselines.fit_predict([name], shuffled, test)[name]
    np.testing.assert_allclose(again, predicted[:, readouts], atol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_the_unit_of_a_dose_does_not_matter(name):
    base = simulated()
    data = replace(base, doses=np.abs(base.doses), input="dose")
    scale = np.array([1.0, 1000.0, 1e-3, 5.0, 1.0])
    rescaled = replace(data, doses=data.doses * scale)
    train, test = np.arange(20), np.arange(20, 30)
    plain = baselines.fit_predict([name], data.subset(train), data.subset(test))[name]
    other = baselines.fit_predict([name], rescaled.subset(train), rescaled.subset(test))[name]
    np.testing.assert_allclose(other, plain, atol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_missing_values_are_left_out_per_readout(name):
    data = simulated(n=40)
    rng = np.random.default_rng(4)
    values = data.values.copy()
    values[rng.random(values.shape) < 0.15] = np.nan
    values[:, 3] = np.nan
    test = simulated(seed=5, n=10)
    gappy = baselines.fit_predict([name], replace(data, values=values), test)[name]
    full = baselines.fit_predict([name], data, test)[name]
    assert np.isfinite(gappy).all()
    assert not gappy[:, 3].any(), "a readout that was never measured is predicted to be the control"
    if name not in ("nearest_neighbors", "additive", "highest_single"):
        assert np.abs(gappy[:, :3] - full[:, :3]).max() < 0.5 * (np.abs(full[:, :3]).max() + 0.1)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("control", ["implied", "measured"])
def test_never_nan_on_tiny_training_parts(name, control):
    test = simulated(seed=1, n=6)
    for n in (1, 2, 3):
        train = simulated(n=n, control=control)
        for part in (train, train.subset([0] * 1)):
            assert np.isfinite(baselines.fit_predict([name], part, test)[name]).all()
    untreated = screen(np.zeros((2, 1)), [[1.0, 2.0], [3.0, 2.0]], input="dose", control="measured")
    np.testing.assert_allclose(baselines.fit_predict([name], untreated, {"B": 1.0})[name], [[2.0, 2.0]])


@pytest.mark.parametrize("name", [n for n in ALL if n not in ("training_mean", "nearest_neighbors")])
def test_untreated_is_predicted_as_control(name):
    data = simulated()
    shifted = replace(
        data,
        values=np.vstack([data.values + 5, np.full((2, 4), 5.0)]),
        doses=np.vstack([data.doses, np.zeros((2, 5))]),
        conditions=(*data.conditions, "u1", "u2"),
        control="measured",
    )
    np.testing.assert_allclose(baselines.fit_predict([name], shifted, {})[name], np.full((1, 4), 5.0))
    plain = baselines.fit_predict([name], data, data)[name]
    np.testing.assert_allclose(baselines.fit_predict([name], shifted, data)[name], plain + 5, atol=1e-6)


def test_copies_of_rows_do_not_make_the_penalty_too_small():
    data = simulated(noise=1.5)
    twice = replace(
        data,
        values=np.tile(data.values, (2, 1)),
        doses=np.tile(data.doses, (2, 1)),
        conditions=tuple(f"{c}-{k}" for k in range(2) for c in data.conditions),
    )
    assert Ridge().fit(twice).penalty == Ridge().fit(data).penalty


def test_errors():
    with pytest.raises(UnknownNameError, match="Did you mean 'kernel_ridge'"):
        baselines.fit_predict(["kernelridge"], simulated(), simulated())
    with pytest.raises(HybridCellError, match="call fit"):
        Ridge().predict({"A": 1.0})
    with pytest.raises(InvalidValueError, match="penalty is -1"):
        Ridge(penalty=-1)
    with pytest.raises(InvalidValueError, match="Did you mean 'tanh'"):
        Ridge(transform="tan")
    with pytest.raises(InvalidValueError, match="k is 0"):
        NearestNeighbors(k=0)
    with pytest.raises(DataError, match="no rows"):
        Ridge().fit(simulated().subset([]))


def test_anndata_in():
    adata = simulated().to_anndata()
    found = baselines.fit_predict(["ridge"], adata, adata)["ridge"]
    np.testing.assert_allclose(found, Ridge().fit(simulated()).predict(simulated()))


small = st.tuples(st.integers(0, 5), st.sampled_from([-3.0, -1.0, 0.01, 100.0]))


@pytest.mark.parametrize("name", [n for n in ALL if n != "kernel_ridge"])
@given(small)
@settings(max_examples=6)
def test_the_unit_and_the_sign_of_a_readout_do_not_matter(name, drawn):
    seed, factor = drawn
    train, test = simulated(seed, n=14), simulated(seed + 50, n=5)
    plain = baselines.fit_predict(name, train, test)[name]
    scaled = baselines.fit_predict(name, replace(train, values=factor * train.values), test)[name]
    np.testing.assert_allclose(scaled, factor * plain, rtol=1e-6, atol=1e-8 * abs(factor))


@pytest.mark.parametrize(
    "name", ["control", "additive", "highest_single", "ridge", "nearest_neighbors", "shrunken_mean"]
)
def test_rows_that_all_come_twice_count_once(name):
    data = simulated(n=12)
    again = replace(
        data,
        values=np.tile(data.values, (2, 1)),
        doses=np.tile(data.doses, (2, 1)),
        conditions=tuple(f"c{i}" for i in range(24)),
    )
    test = simulated(seed=2, n=6)
    one, other = (baselines.fit_predict(name, d, test)[name] for d in (data, again))
    np.testing.assert_allclose(other, one, atol=1e-10)


@given(st.integers(0, 100), st.integers(1, 6))
@settings(max_examples=15)
def test_neighbors_give_no_more_than_the_nearest_of_them_have(seed, k):
    train, test = simulated(seed, n=12), simulated(seed + 1, n=5)
    predicted = NearestNeighbors(k=k).fit(train).predict(test)
    x, y = np.tanh(train.doses), np.tanh(test.doses)
    x, where = np.unique(x, axis=0, return_inverse=True)
    effects = np.array([train.values[where.reshape(-1) == i].mean(axis=0) for i in range(len(x))])
    for row, at in zip(predicted, y):
        away = np.linalg.norm(x - at, axis=1)
        near = effects[away <= np.sort(away)[min(k, len(x)) - 1] + 1e-6]
        assert (row >= near.min(axis=0) - 1e-9).all()
        assert (row <= near.max(axis=0) + 1e-9).all()


def test_neighbors_weigh_by_the_inverse_of_their_distance():
    data = screen([[-1.0], [-2.0]], [[1.0], [5.0]])
    weights = 1 / np.abs(np.tanh(-1.25) - np.tanh([-1.0, -2.0]))
    found = NearestNeighbors(k=2).fit(data).predict({"A": -1.25})
    np.testing.assert_allclose(found, [[weights @ [1.0, 5.0] / weights.sum()]], rtol=1e-6)


def test_the_error_of_ridge_is_that_of_refitting_without_each_condition():
    data = simulated(n=9, p=3, noise=0.5)
    values = data.values.copy()
    values[2, 1] = np.nan
    values[:, 3] = np.nan
    # one row per condition, as rows with the same doses are averaged
    _, first = np.unique(data.doses, axis=0, return_index=True)
    data = replace(data, values=values).subset(np.sort(first))
    errors = np.full(data.values.shape, np.nan)
    for i in range(len(data)):
        others = data.subset([j for j in range(len(data)) if j != i])
        errors[i] = data.values[i] - Ridge(penalty=0.4).fit(others).predict(data.subset([i]))[0]
    found = Ridge(penalty=0.4).fit(data).error_sd
    np.testing.assert_allclose(found[:3], np.sqrt(np.nanmean(errors[:, :3] ** 2, axis=0)), rtol=1e-9)
    assert np.isnan(found[3])


points = st.lists(st.lists(st.floats(-3, 3), min_size=2, max_size=2), min_size=1, max_size=6).map(np.array)


@given(points, st.floats(0.01, 10), st.floats(0, 10), st.floats(0, 3))
@settings(max_examples=30)
def test_the_kernel_is_a_covariance_that_knows_the_control(x, gamma, share, shared):
    kernel = _Settings(gamma, share, shared)
    matrix = kernel.matrix(x, x)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
    assert np.linalg.eigvalsh(matrix).min() >= -1e-9 * max(np.abs(matrix).max(), 1.0)
    assert not kernel.matrix(x, np.zeros((2, 2))).any()


def test_of_singles_as_strong_as_each_other_the_first_counts():
    data = screen([[-1, 0, 0], [0, -1, 0], [0, 0, -1]], [[2.0, 1.0], [-2.0, np.nan], [1.0, -1.0]])
    found = HighestSingle().fit(data).predict([{"A": -1, "B": -1}, {"B": -1, "A": -1, "C": -1}])
    np.testing.assert_allclose(found, [[2.0, 1.0], [2.0, 1.0]])


@pytest.mark.parametrize("penalty", ["3", True, [1.0]])
def test_a_penalty_that_is_no_number_is_told(penalty):
    with pytest.raises(InvalidValueError, match=r"penalty is .*; wanted a positive number, or None"):
        Ridge(penalty=penalty)


def test_one_name_is_one_baseline():
    assert list(baselines.fit_predict("ridge", simulated(), simulated())) == ["ridge"]
    with pytest.raises(UnknownNameError, match=r"no baseline 'rigde'\. Did you mean 'ridge'"):
        baselines.fit_predict("rigde", simulated(), simulated())
    assert baselines.fit_predict([], simulated(), simulated()) == {}
