import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import random_network, simulate_screen
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.design import design
from tests.bars import Bars

POOL = [{"aMEK": -1.0}, {"amTOR": -1.0}, {"amTOR": -2.0}, {"amTOR": -2.0}]


@pytest.mark.parametrize("criterion", ["A", "D", "E"])
def test_a_drug_that_was_never_given_tells_most_and_a_higher_dose_more(fitted, criterion):
    found = design(fitted, POOL, criterion=criterion, n=1, key=jr.key(0))
    assert found.chosen[0].startswith("amTOR -2")
    table = found.table
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert table["chosen"].tolist() == [True, False, False, False]
    # the other of two equal experiments would now tell little
    equal = table[table["candidate"].str.startswith("amTOR -2") & ~table["chosen"]].iloc[0]
    assert equal["gain"] < 0.3 * equal["alone"]
    assert "equal" in " ".join(found.remarks)
    assert "equal" in repr(found)
    assert "amTOR" in found._repr_html_()


def test_information_shrinks_with_noise_and_costs_count(fitted):
    quiet, loud = (design(fitted, POOL, criterion="D", noise=s, key=jr.key(0)) for s in (0.01, 1.0))
    assert quiet.table["alone"].max() > loud.table["alone"].max()
    dear = design(fitted, POOL, cost=[0.01, 9.0, 9.0, 9.0], key=jr.key(0))
    assert dear.chosen == ("aMEK -1",)


def test_single_readouts_are_ranked(fitted):
    found = design(fitted, POOL[:2], readouts=["ERK", "AKT"], per_readout=True, n=2, key=jr.key(0))
    assert len(found.table) == 4
    assert all(name.startswith("amTOR -1: ") for name in found.chosen)


def test_timed_screens_are_ranked():
    small = random_network(4, 1, 2, seed=1)
    timed = simulate_screen(small, drugs=["D1"], doses=[1.0], order=1, times=[1.0, 4.0])
    model = hc.CellBox.from_data(timed, key=jr.key(0))
    # fixed steps, so that little is compiled
    fixed = hc.Solve(method="heun", dt=0.25)
    fit = hc.fit(model, timed, steps=5, solve=fixed, progress=False, key=jr.key(1))
    found = design(fit, timed, n=2, readouts=["P1"], key=jr.key(0))
    # nothing is uncertain of the control
    assert not any(name.startswith("control") for name in found.chosen)
    with pytest.raises(DataError, match="times"):
        design(fit, [{"D1": -1.0}], key=jr.key(0))


def test_disagreement_of_members_is_counted_and_what_none_has_seen_is_said(screen):
    model = hc.CellBox.from_data(screen, key=jr.key(0))
    members = [hc.fit(model, screen, steps=k, progress=False, key=jr.key(1)).model for k in (5, 20)]
    ensemble = hc.Ensemble.from_models(members, train=screen)
    found = design(ensemble, POOL, criterion="disagreement", key=jr.key(0))
    assert found.chosen == ("aMEK -1",)
    values = np.stack([hc.predict(m, POOL[:1]).X for m in members])[:, 0]
    measured = [k for k, kind in enumerate(model.kinds) if kind != "drug"]
    sd = np.median(screen.layers["sd"], axis=0)
    off = ((values[0] - values[1]) / sd)[measured]
    assert found.table["alone"][0] == pytest.approx(0.5 * np.log1p(np.sum(off**2) / 2), rel=1e-5)
    assert "amTOR" in " ".join(found.remarks)
    single = hc.Ensemble.from_models(members[:1], train=screen)
    with pytest.raises(InvalidValueError, match="disagree"):
        design(single, POOL, criterion="disagreement", key=jr.key(0))


def test_networks_are_ranked_as_fisher_information_says(network_fit):
    readout = network_fit.search.measured.readouts[0]
    pool = pd.DataFrame({"time": [0.5, 1.0, 5.0]})
    found = design(network_fit, pool, criterion="D", n=2, key=jr.key(0))
    assert found.chosen[0] == "t 5"
    assert np.all(np.diff(found.cumulative) > 0)
    by_table = design(network_fit, [{"time": 5.0, "readout": readout}], criterion="D", key=jr.key(0))
    assert by_table.cumulative[0] == pytest.approx(found.cumulative[0])
    about = design(network_fit, pool, about="parameters", criterion="E", n=3, key=jr.key(0))
    assert about.after <= about.before
    with pytest.raises(UnknownNameError, match="constant"):
        design(network_fit, [{"time": 1.0, "nothing": 2.0}], key=jr.key(0))
    with pytest.raises(DataError, match="time"):
        design(network_fit, pd.DataFrame({"readout": [readout]}), key=jr.key(0))


def test_directions_that_no_candidate_informs_are_said(network_fit):
    # at a time just after the start no rate constant has done anything yet
    found = design(network_fit, [{"time": 1e-6}], about="parameters", key=jr.key(0))
    assert found.chosen == () or found.cumulative[-1] < 1e-3
    empty = network_fit.train.copy()
    empty.layers["sd"] = np.full(empty.shape, 1e5)
    blind = hc.fit(network_fit.network, empty, warm_start="none", retries=0, progress=False, key=jr.key(0))
    found = design(blind, [{"time": 1e-6}], noise=0.02, about="parameters", key=jr.key(0))
    assert "No candidate informs 3" in " ".join(found.remarks)


def test_problems_of_petab_are_ranked_and_agree_with_their_fisher_information(decaying):
    problem = decaying
    observable = problem.statement.observables[0].id
    experiment = problem.statement.experiments[0].id
    pool = [{"experimentId": experiment, "observableId": observable, "time": t} for t in (1.0, 2.5)]
    found = design(problem, pool, criterion="D", about="parameters", n=2, key=jr.key(0))
    assert len(found.chosen) == 2
    # what was measured already, measured again: its information is that of the same row of the data
    again = design(problem, pool[:1], criterion="D", about="parameters", key=jr.key(0))
    assert 0 < again.cumulative[0] < 5
    with pytest.raises(UnknownNameError, match="observable"):
        design(problem, [{**pool[0], "observableId": "A_ob"}], key=jr.key(0))
    with pytest.raises(UnknownNameError, match="experiment"):
        design(problem, [{**pool[0], "experimentId": "c00"}], key=jr.key(0))
    with pytest.raises(InvalidValueError, match="noise"):
        design(problem, pool, noise=0.1, key=jr.key(0))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"candidates": []}, InvalidValueError, "no candidates"),
        ({"candidates": {}}, InvalidValueError, "no candidates"),
        ({"candidates": [{"aMEKK": -1.0}]}, UnknownNameError, "aMEK"),
        ({"n": 5}, InvalidValueError, "only 4 candidates"),
        ({"n": 0}, InvalidValueError, "positive"),
        ({"cost": [1, 1, 0, 1]}, InvalidValueError, "positive"),
        ({"cost": [1, 1]}, InvalidValueError, "shape"),
        (
            {"candidates": pd.DataFrame({"aMEK": [-1.0], "cost": [2.0]})},
            InvalidValueError,
            "column 'cost'",
        ),
        ({"cost": {"aMEK 1": 1.0}}, UnknownNameError, "candidate"),
        ({"cost": {"aMEK -1": 1.0}}, InvalidValueError, "every candidate"),
        ({"noise": -1.0}, InvalidValueError, "positive"),
        ({"noise": {"ERKK": 1.0}}, UnknownNameError, "ERK"),
        ({"readouts": ["ERKK"]}, UnknownNameError, "ERK"),
        ({"readouts": []}, InvalidValueError, "readouts"),
        ({"criterion": "B"}, InvalidValueError, "criterion"),
        ({"criterion": "disagreement"}, InvalidValueError, "ensemble"),
        ({"about": "parameters"}, InvalidValueError, "predictions"),
        ({"at": [1.0]}, InvalidValueError, "at is for"),
    ],
)
def test_bad_input_is_said(fitted, options, error, words):
    given = {"candidates": POOL, "key": jr.key(0), **options}
    with pytest.raises(error, match=words):
        design(fitted, given.pop("candidates"), **given)


def test_what_is_no_fit_is_refused(fitted):
    with pytest.raises(InvalidValueError, match="not fitted"):
        design(fitted.model, POOL, key=jr.key(0))
    bowl = FunctionObjective(["x"], [-1.0], [1.0], residuals=lambda p: p * jnp.ones(1))
    with pytest.raises(InvalidValueError, match="PetabProblem"):
        design(bowl, [{"time": 1.0}], at={"x": 0.0}, key=jr.key(0))


def test_a_bar_counts_what_was_simulated_and_every_pick(fitted, monkeypatch):
    from hybridcell.infer.design import ranking

    bars = Bars()
    monkeypatch.setattr(ranking, "progress_bar", bars)
    pool = [{"aMEK": -1.0}, {"amTOR": -1.0}, {"amTOR": -2.0}]
    found = design(fitted, pool, n=2, progress=True, key=jr.key(0))
    assert len(found.chosen) == 2
    assert [(bar.total, bar.n, bar.show) for bar in bars] == [(3, 3, True)]
