from __future__ import annotations

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble, members_in_tiles, stack_models
from hybridcell._core.errors import InvalidValueError
from tests.tolerances import ANALYTIC


def scaled(model, factor):
    return eqx.tree_at(lambda m: m.mechanism._response.raw, model, model.mechanism._response.raw * factor)


@pytest.fixture(scope="module")
def models(small_network):
    """Return three hybrids of one structure; their random keys differ too."""
    seeds = (small_network + hc.NeuralResidual(width=2, key=jr.key(i)) for i in range(3))
    return [scaled(model, 1.0 + i) for i, model in enumerate(seeds)]


@pytest.fixture(scope="module")
def ensemble(models):
    return Ensemble(
        members=stack_models(models),
        losses=np.array([0.3, 0.1, 0.2]),
        result=("success", "too many steps were skipped", "success"),
        info={"resample": "seeds", "per_member": [1, 2, 3]},
        _history={"train_loss": np.array([[3.0, 2.0], [1.0, np.nan], [4.0, 3.0]])},
    )


def test_members_come_back_as_they_went_in(models):
    ensemble = Ensemble.from_models(models)
    assert ensemble.n == len(ensemble) == 3
    assert ensemble.names == models[0].names
    assert ensemble.kinds == models[0].kinds
    for given, found in zip(models, ensemble):
        assert eqx.tree_equal(jax.tree.map(jnp.asarray, given), found)
    assert eqx.tree_equal(ensemble.member(-1), ensemble.member(2))


def test_the_best_member_is_the_lowest_loss_that_succeeded(ensemble):
    assert ensemble.best_index == 2
    assert eqx.tree_equal(ensemble.best, ensemble.member(2))
    assert eqx.tree_equal(ensemble.model, ensemble.member(0))
    assert repr(ensemble) == "Ensemble(3 members, 2 usable, best loss 0.2)"


def test_a_loss_that_is_not_a_number_is_never_best(models):
    assert Ensemble.from_models(models, losses=[np.nan, 5.0, np.inf]).best_index == 1
    everyone_failed = Ensemble(
        members=stack_models(models), losses=np.array([3.0, 1.0, 2.0]), result=("no",) * 3
    )
    assert everyone_failed.best_index == 1


@pytest.mark.parametrize("keep", [[2, 0], np.array([2, 0]), [-1, 0]])
def test_a_subset_by_position_keeps_the_order_asked_for(ensemble, keep):
    part = ensemble.subset(keep)
    assert part.n == 2
    np.testing.assert_array_equal(part.losses, [0.2, 0.3])
    assert part.result == ("success", "success")
    assert eqx.tree_equal(part.member(0), ensemble.member(2))
    assert eqx.tree_equal(part.member(1), ensemble.member(0))
    assert part.history["train_loss"].tolist() == [4.0, 3.0, 3.0, 2.0]


def test_a_subset_by_truth_is_no_subset_by_position(ensemble):
    part = ensemble.subset([True, False, True])
    np.testing.assert_array_equal(part.losses, [0.3, 0.2])
    assert eqx.tree_equal(part.member(1), ensemble.member(2))


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ([0, 3], "no member 3; the ensemble has 3"),
        ([-4], "no member -4"),
        ([], "at least one member"),
        ([False, False, False], "at least one member"),
        ([True, False], "one True or False per member"),
    ],
)
def test_a_subset_that_does_not_exist_is_refused(ensemble, keep, message):
    with pytest.raises(InvalidValueError, match=message):
        ensemble.subset(keep)


@pytest.mark.parametrize("i", [3, -4])
def test_a_member_that_does_not_exist_is_refused(ensemble, i):
    with pytest.raises(InvalidValueError, match=f"no member {i}; the ensemble has 3"):
        ensemble.member(i)


def test_models_of_different_structure_are_no_ensemble(models, small_network):
    with pytest.raises(InvalidValueError, match="same nodes, options and shapes"):
        stack_models([models[0], small_network])
    with pytest.raises(InvalidValueError, match="at least one model"):
        Ensemble.from_models([])


def test_losses_must_be_one_per_model(models):
    with pytest.raises(InvalidValueError, match=r"shape \(2,\); wanted one per model, \(3,\)"):
        Ensemble.from_models(models, losses=[1.0, 2.0])


def test_history_is_one_row_per_step_and_member(ensemble, models):
    history = ensemble.history
    assert list(history.columns) == ["member", "step", "train_loss"]
    assert history[["member", "step"]].values.tolist() == [[0, 1], [0, 2], [1, 1], [2, 1], [2, 2]]
    assert Ensemble.from_models(models).history.empty


def test_a_function_of_one_model_is_mapped_over_members(ensemble, models):
    def total(model, factor):
        return factor * jnp.sum(model.mechanism._response.raw)

    found = eqx.filter_jit(lambda members: members_in_tiles(total, members, 2.0))(ensemble.members)
    wanted = [2.0 * np.sum(np.asarray(m.mechanism._response.raw)) for m in models]
    np.testing.assert_allclose(found, wanted, **ANALYTIC)


def test_it_shows_itself_escaped_and_without_arrays(ensemble):
    shown = ensemble._repr_html_()
    assert "<strong>Ensemble</strong>" in shown
    assert "seeds" in shown
    assert "per_member" not in shown
    assert ">2</td>" in shown


def test_weights_are_equal_unless_given(ensemble):
    np.testing.assert_allclose(ensemble.weights, [1 / 3] * 3, **ANALYTIC)
    given = dataclasses.replace(ensemble, weights=np.array([1.0, 0.0, 3.0]))
    np.testing.assert_allclose(given.weights, [0.25, 0.0, 0.75], **ANALYTIC)
    np.testing.assert_allclose(given.subset([2, 0]).weights, [0.75, 0.25], **ANALYTIC)
    np.testing.assert_allclose(given.subset([1]).weights, [1.0], **ANALYTIC)


@pytest.mark.parametrize("weights", [[1.0, 2.0], [0.0, 0.0, 0.0], [1.0, -1.0, 1.0], [1.0, np.nan, 1.0]])
def test_wrong_weights_are_refused(ensemble, weights):
    with pytest.raises(InvalidValueError, match="wanted 3 finite numbers"):
        dataclasses.replace(ensemble, weights=np.array(weights))


def test_weights_by_fit_are_those_of_akaike(ensemble):
    class Screen:
        values = np.array([[1.0, np.nan], [2.0, 3.0]])

    given = dataclasses.replace(ensemble, train=Screen())
    found = given.weighted_by_fit().weights
    # the member that did not succeed counts nothing; of the others, exp(-3 / 2 log(loss ratio))
    ratio = np.exp(-1.5 * np.log(0.3 / 0.2))
    np.testing.assert_allclose(found, [ratio / (1 + ratio), 0.0, 1 / (1 + ratio)], **ANALYTIC)
    flat = given.weighted_by_fit(temperature=1e6).weights
    np.testing.assert_allclose(flat, [0.5, 0.0, 0.5], atol=1e-5)
    with pytest.raises(InvalidValueError, match="temperature"):
        given.weighted_by_fit(temperature=0.0)
    with pytest.raises(InvalidValueError, match="no training data"):
        ensemble.weighted_by_fit()
