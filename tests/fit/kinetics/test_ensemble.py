"""Ensembles of networks: members share structure and differ in values."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import anndata
import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError


@pytest.fixture(scope="module")
def problem():
    truth = hc.read_sbml(hc.networks.load("lotka_volterra"))
    ts = np.linspace(0, 8, 9)[1:]
    found = hc.simulate(truth, t1=8.0, ts=ts)
    clean = np.stack([np.asarray(found[id])[0] for id in ("prey", "predator")], axis=1)
    sd = 0.05 * clean.mean(axis=0)
    values = clean + np.random.default_rng(0).normal(size=clean.shape) * sd
    data = anndata.AnnData(
        values,
        obs=pd.DataFrame({"time": ts}, index=[f"t{i}" for i in range(len(ts))]),
        var=pd.DataFrame(index=["prey", "predator"]),
        layers={"sd": np.broadcast_to(sd, values.shape).copy()},
    )
    declared = truth.with_parameters({"growth": hc.Parameter(0.8, transform="log")})
    return declared.replace("hunt", hc.NeuralRate(["prey", "predator"], width=3, key=jr.key(0))), data


@pytest.fixture(scope="module")
def ensemble(problem):
    network, data = problem
    return hc.fit_ensemble(network, data, n=3, iterations=15, retries=1, progress=False, key=jr.key(1))


def test_members_differ_and_each_is_a_network(ensemble):
    values = np.stack([np.asarray(member.values) for member in ensemble])
    assert values.shape[0] == ensemble.n == 3
    assert np.ptp(values, axis=0).max() > 0
    trajectory = hc.simulate(ensemble.best, t1=8.0, n_points=3)
    assert np.isfinite(np.asarray(trajectory.values)).all()


def test_the_first_member_of_a_larger_ensemble_is_that_of_a_smaller(problem, ensemble):
    network, data = problem
    one = hc.fit_ensemble(network, data, n=1, iterations=15, retries=1, progress=False, key=jr.key(1))
    np.testing.assert_array_equal(one.member(0).values, ensemble.member(0).values)


def test_a_bootstrap_counts_measurements_differently(problem, ensemble):
    network, data = problem
    drawn = hc.fit_ensemble(
        network, data, n=2, resample="bootstrap", iterations=15, retries=0, progress=False, key=jr.key(1)
    )
    assert not np.allclose(drawn.member(0).values, ensemble.member(0).values)


class Sending(ThreadPoolExecutor):
    """Threads that are given what processes would be: copies."""

    def submit(self, function, /, *given, **options):
        return super().submit(*pickle.loads(pickle.dumps((function, *given))), **options)


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, pytest.param(Sending, marks=pytest.mark.suite)])
def test_executors_change_no_member(problem, ensemble, kind):
    network, data = problem
    with kind(1) as pool:
        found = hc.fit_ensemble(
            network, data, n=2, iterations=15, retries=1, executor=pool, progress=False, key=jr.key(1)
        )
    for i in range(2):
        np.testing.assert_array_equal(found.member(i).values, ensemble.member(i).values)
    np.testing.assert_array_equal(found.losses, ensemble.losses[:2])


def test_what_is_for_other_models_is_refused(problem):
    network, data = problem
    with pytest.raises(InvalidValueError, match="checkpoint is for ensembles of CellBox"):
        hc.fit_ensemble(network, data, n=2, checkpoint="c.npz", key=jr.key(0))
    with pytest.raises(InvalidValueError, match="executor is a object; wanted"):
        hc.fit_ensemble(network, data, n=2, executor=object(), key=jr.key(0))
    with pytest.raises(InvalidValueError, match="resample"):
        hc.fit_ensemble(network, data, n=2, resample="split", key=jr.key(0))


def test_fits_and_ensembles_come_back_from_files(problem, ensemble, tmp_path):
    network, data = problem
    fitted = hc.fit(network, data, iterations=5, retries=0, progress=False, key=jr.key(0))
    back = hc.load(hc.save(fitted, tmp_path / "fit.hc"))
    assert repr(back) == repr(fitted)
    pd.testing.assert_frame_equal(back.parameters, fitted.parameters)
    np.testing.assert_array_equal(back.train.X, data.X)
    assert list(back.train.obs["time"]) == list(data.obs["time"])
    again = hc.load(hc.save(ensemble, tmp_path / "ensemble.hc"))
    np.testing.assert_array_equal(again.best.values, ensemble.best.values)


def test_networks_with_delays_are_refused(problem):
    delayed = hc.read_sbml(hc.networks.load("jak_stat"))
    with pytest.raises(InvalidValueError, match="has delays"):
        hc.fit(delayed, problem[1], key=jr.key(0))
