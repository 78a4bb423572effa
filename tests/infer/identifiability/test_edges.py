"""Edges of small networks of interactions."""

from dataclasses import replace

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.data import PerturbationData
from hybridcell.fit.result import Fit
from hybridcell.infer.identifiability import EdgeIdentifiability, identifiability

NAMES = ["A", "B", "d1", "d2", "d3"]
KINDS = ["protein", "protein", "drug", "drug", "drug"]
WEIGHTS = np.zeros((5, 5))
WEIGHTS[0, [2, 3]] = 0.6, 0.3
WEIGHTS[1, [0, 4]] = 0.5, -0.4


def model():
    return hc.CellBox(NAMES, KINDS, WEIGHTS, mask=WEIGHTS != 0)


def fit_of(doses, *, noise=0.002, readouts=("A", "B")):
    """Return the true network as the fit of a screen that it was simulated for."""
    drugs = ("d1", "d2", "d3")
    conditions = [dict(zip(drugs, row)) for row in doses]
    exact = np.asarray(hc.predict(model(), conditions).X)[:, [NAMES.index(r) for r in readouts]]
    values = exact + noise * np.random.default_rng(0).normal(size=exact.shape)
    data = PerturbationData(
        values=values, readouts=readouts, kinds=["protein"] * len(readouts),
        conditions=[f"c{k}" for k in range(len(doses))], perturbations=drugs, doses=doses, input="strength",
    )  # fmt: skip
    settings = {"settings": {"l2": 0.01, "drug_l2": 0.01}}
    return Fit(model=model(), result="success", loss=0.0, train=data, info=settings)


TOGETHER = -np.array([[1, 1, 0], [2, 2, 0], [0, 0, 1], [0.5, 0.5, 1], [1, 1, 0.5], [0, 0, 2.0]])
APART = np.concatenate([TOGETHER, -np.array([[1, 0, 0], [0, 1.0, 0], [0, 2.0, 0]])])


def test_drugs_that_always_occur_together_cannot_be_told_apart():
    found = identifiability(fit_of(TOGETHER), key=jr.key(0))
    assert isinstance(found, EdgeIdentifiability)
    verdicts = found.verdicts
    assert verdicts[("d1", "A")] == verdicts[("d2", "A")] == "structurally not"
    assert verdicts[("A", "B")] == verdicts[("d3", "B")] == "identifiable"
    [group] = found.together
    assert (group.target, group.sources, group.freedoms) == ("A", ("d1", "d2"), 1)
    assert group.text == "d1 and d2 always move together: their edges cannot be told apart"
    assert found.advice == (
        "Add a condition in which d1 and d2 do not move together: give one of the drugs without the others.",
    )
    assert 2.9 < found.freedom < 3.01


def test_apart_all_are_told():
    found = identifiability(fit_of(APART), key=jr.key(0))
    assert set(found.table["verdict"]) == {"identifiable"}
    assert not found.together
    assert not found.advice
    assert found.table.iloc[0]["source"] == "d1"
    assert set(found.table["sign"]) == {"+", "-"}


def test_standard_errors_cover_refits():
    """Least squares of A by its two drugs, in closed form where the envelope is flat."""
    small = fit_of(APART * 0.01, noise=1e-5, readouts=("A",))
    small.info["settings"] = {"l2": 1e-12, "drug_l2": 1e-12}
    table = identifiability(small, key=jr.key(0)).table.set_index(["source", "target"])
    inputs = np.tanh(APART[:, :2] * 0.01)
    covariance = np.linalg.inv(inputs.T @ inputs)
    ratio = table.loc[("d1", "A"), "sd"] / table.loc[("d2", "A"), "sd"]
    np.testing.assert_allclose(ratio, np.sqrt(covariance[0, 0] / covariance[1, 1]), rtol=1e-3)
    assert 0.3e-5 < table.loc[("d1", "A"), "sd"] / np.sqrt(covariance[0, 0]) < 3e-5


def test_what_is_not_given_or_not_measured():
    never = fit_of(APART * [1, 1, 0])
    found = identifiability(never, key=jr.key(0))
    assert found.verdicts[("d3", "B")] == "structurally not"
    unseen = identifiability(fit_of(APART, readouts=("A",)), key=jr.key(0))
    assert unseen.verdicts[("A", "B")] == unseen.verdicts[("d3", "B")] == "structurally not"
    assert unseen.verdicts[("d1", "A")] == "identifiable"


def test_noise_leaves_the_penalty_to_decide():
    noisy = fit_of(APART * 0.2, noise=0.5)
    noisy.info["settings"] = {"l2": 5.0, "drug_l2": 5.0}
    found = identifiability(noisy, key=jr.key(0))
    assert set(found.table["verdict"]) == {"practically not"}
    assert found.table["why"].str.contains("comes from the penalty").all()
    assert found.freedom < 2


def test_ensemble_has_the_spread_of_its_members():
    one = fit_of(APART)
    other = hc.CellBox(NAMES, KINDS, WEIGHTS * 1.2, mask=WEIGHTS != 0)
    ensemble = hc.Ensemble.from_models([one.model, other], losses=[0.0, 1.0], train=one.train)
    table = identifiability(ensemble, key=jr.key(0)).table.set_index(["source", "target"])
    np.testing.assert_allclose(table.loc[("d1", "A"), "spread"], 0.12 / np.sqrt(2), rtol=1e-6)
    assert np.isnan(identifiability(one, key=jr.key(0)).table["spread"]).all()


def test_shows_itself_and_refuses_what_it_cannot_judge():
    found = identifiability(fit_of(TOGETHER), key=jr.key(0))
    assert (
        repr(found)
        == "<EdgeIdentifiability of 4 edges: 2 identifiable, 0 practically not, 2 structurally not>"
    )
    html = found._repr_html_()
    assert "always move together" in html
    assert "share of data" in html
    with pytest.raises(InvalidValueError, match="without data"):
        identifiability(hc.Ensemble.from_models([model()]), key=jr.key(0))


def test_large_networks_get_the_same_shares_without_a_spectrum(monkeypatch):
    from hybridcell.infer.identifiability import edges

    jacobian = np.random.default_rng(0).normal(size=(30, 50))
    share, size = edges._shares(jacobian)
    monkeypatch.setattr(edges, "_MOST", 10)
    again, none = edges._shares(jacobian)
    np.testing.assert_allclose(again, share, atol=1e-12)
    assert len(size) == 30
    assert len(none) == 0


def shares(fit, names=("share",)):
    table = identifiability(fit, key=jr.key(0)).table.set_index(["source", "target"]).sort_index()
    return table[list(names)].to_numpy(float)


def weak(**data):
    """Return a fit whose penalty matters, with other data, or settings."""
    given = fit_of(APART * 0.5, noise=0.3)
    given.info["settings"] = {"l2": 0.1, "drug_l2": 0.1, **data.pop("settings", {})}
    return replace(given, train=replace(given.train, **data))


def test_the_penalty_is_that_of_the_last_stage():
    staged = {"l2": 0.07, "stages": [{"l2": 0.09, "drug_l2": 0.09}, {"l2": 0.02, "drug_l2": 0.03}]}
    wanted = shares(weak(settings={"l2": 0.02, "drug_l2": 0.03}), ("share", "sd"))
    np.testing.assert_allclose(shares(weak(settings=staged), ("share", "sd")), wanted)
    # what the last stage does not say is what all stages have
    staged["stages"].append({"steps": 3, "drug_l2": 0.03})
    wanted = shares(weak(settings={"l2": 0.07, "drug_l2": 0.03}))
    np.testing.assert_allclose(shares(weak(settings=staged)), wanted)


def test_a_measurement_of_weight_two_counts_twice_and_one_of_none_not_at_all():
    one = weak()
    weight = np.ones((len(APART), 2))
    weight[[0, 3]] = 2.0
    again = fit_of(np.concatenate([APART, APART[[0, 3]]]) * 0.5, noise=0.3)
    twice = replace(again, info=one.info)
    np.testing.assert_allclose(shares(weak(weight=weight)), shares(twice), rtol=1e-6)
    assert (shares(twice) > shares(one)).all()
    weight = np.ones((len(APART), 2))
    weight[4] = 0.0
    without = replace(one, train=one.train.subset([k for k in range(len(APART)) if k != 4]))
    wanted = shares(without, ("share", "sd"))
    np.testing.assert_allclose(shares(weak(weight=weight), ("share", "sd")), wanted, rtol=1e-6)


def test_errors_of_measurements_weigh_against_the_penalty_as_in_the_fit():
    sd = np.full((len(APART), 2), 0.25)
    known = weak(sd=sd, settings={"loss": "gaussian"})
    same = weak(settings={"l2": 0.1 / 16, "drug_l2": 0.1 / 16})
    np.testing.assert_allclose(shares(known, ("share", "sd")), shares(same, ("share", "sd")), rtol=1e-6)
    # where the loss does not count them, they change nothing
    np.testing.assert_allclose(shares(weak(sd=sd)), shares(weak()))


def test_times_are_said_to_be_taken_for_steady_states():
    timed = identifiability(weak(time=np.full(len(APART), 9.0)), key=jr.key(0))
    assert any("data have times" in note for note in timed.notes)
    assert not any("times" in note for note in identifiability(weak(), key=jr.key(0)).notes)
