import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import as_perturbation_data
from hybridcell.infer.update import update
from hybridcell.infer.updating.kinetics import update_petab
from tests.infer.problems import optimum


@pytest.fixture(scope="module")
def screen():
    return hc.datasets.signaling(drugs=["aMEK", "aAKT"], doses=[1.0])


@pytest.fixture(scope="module")
def fitted(screen):
    model = hc.CellBox.from_data(screen, key=jr.key(0))
    return hc.fit(model, screen[:3], progress=False, key=jr.key(1))


def test_a_fit_learns_and_says_what_moved(fitted, screen):
    found = update(fitted, screen[3:], key=jr.key(2))
    assert found.error_after < found.error_before
    assert len(found.fit.train) == 4
    assert len(found.predictions) == 39
    change = np.abs(found.moved["after"] - found.moved["before"])
    assert (np.diff(change) <= 0).all()
    assert found.steps is not None
    assert found.steps < found.cold_steps
    assert np.isnan(found.surprise)
    assert "from scratch" in repr(found)
    assert "measurements" in found._repr_html_()


def test_an_ensemble_knows_what_moved_beyond_its_spread(screen):
    model = hc.CellBox.from_data(screen, key=jr.key(0))
    members = [hc.fit(model, screen[:3], steps=k, progress=False, key=jr.key(1)) for k in (20, 40)]
    ensemble = hc.Ensemble.from_models([m.model for m in members], train=screen[:3])
    found = update(ensemble, screen[3:], steps=10, compare=False, key=jr.key(2))
    assert found.fit.n == 2
    assert found.steps is None
    row = found.beyond.iloc[0]
    assert not row["lower"] <= row["after"] <= row["upper"]
    assert "calibrate" in " ".join(found.remarks)


def test_some_of_the_readouts_are_enough(fitted, screen):
    found = update(fitted, screen[3:, ["ERK", "AKT"]], steps=5, compare=False, key=jr.key(2))
    assert sorted(found.predictions["readout"]) == ["AKT", "ERK"]
    last = as_perturbation_data(found.fit.train)
    assert last.observed[-1].sum() == 2


def test_bad_input_is_said(fitted, screen):
    other = screen[3:].copy()
    other.var_names = [f"{name}x" for name in other.var_names]
    with pytest.raises(UnknownNameError, match="Did you mean"):
        update(fitted, other, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="at is for"):
        update(fitted, screen[3:], at=[1.0], key=jr.key(0))
    with pytest.raises(InvalidValueError, match="wanted a Fit"):
        update(screen, screen, key=jr.key(0))
    empty = screen[3:].copy()
    empty.X = np.full(empty.shape, np.nan)
    with pytest.raises(DataError, match="no measurement"):
        update(fitted, empty, key=jr.key(0))


def test_a_problem_of_petab_gets_rows_and_starts_from_its_optimum(decaying):
    problem = decaying.with_parameters(optimum())
    own = problem.simulate()
    row = own.iloc[[0, 3]][list(problem.statement.tables["measurements"].columns)].copy()
    row["measurement"] = own["simulation"].iloc[[0, 3]].to_numpy()
    found = update(problem, row, key=jr.key(0))
    assert len(found.fit.simulate()) == len(own) + 2
    # measurements as expected: nothing is surprising, little moves
    assert found.surprise == 0.0
    assert len(found.beyond) == 0
    with pytest.raises(DataError, match="measurement"):
        update(problem, row.drop(columns="measurement"), key=jr.key(0))
    with pytest.raises(DataError, match="finite"):
        update_petab(problem, row.assign(measurement="nothing"), at=None, options={}, key=jr.key(0))


def test_a_fit_of_a_network_moves_to_new_data():
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    values = dict(zip(network.equations.constants, np.asarray(network.values)))
    ids = [p.id for p in network.parameters if values[p.id] > 0][:2]
    network = network.with_parameters({id: hc.Parameter(values[id], transform="log") for id in ids})
    readout = network.species[0].id
    data = _course(network, readout, [0.5, 1.0, 1.5])
    fit = hc.fit(network, data, warm_start="none", retries=0, progress=False, key=jr.key(0))
    moved = network.with_values({ids[0]: 1.5 * values[ids[0]]})
    found = update(fit, _course(moved, readout, [2.0, 3.0]), compare=False, key=jr.key(0))
    assert found.surprise > 0.4
    assert found.error_after < found.error_before
    assert ids[0] in set(found.beyond["name"])
    assert found.fit.train.n_obs == 5


def _course(network, readout, times):
    import pandas as pd
    from anndata import AnnData

    ts = np.array(times)
    exact = np.asarray(hc.simulate(network, t1=float(ts[-1]), ts=ts)[readout]).T
    data = AnnData(exact, obs=pd.DataFrame({"time": ts}, index=[f"{t:g}" for t in ts]))
    data.var_names = [readout]
    data.layers["sd"] = np.full(exact.shape, 0.02)
    return data
