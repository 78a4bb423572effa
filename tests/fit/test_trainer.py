import sys

import jax
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble, stack_models
from hybridcell.data import PerturbationData, as_conditions
from hybridcell.fit.settings import FitSettings
from hybridcell.fit.trainer import train_members
from hybridcell.simulate import ensemble_states
from hybridcell.simulate.member_states import _member_states

N = 16


@pytest.fixture(scope="module")
def strong():
    """Twenty networks of 12 proteins and 4 drugs with weights of sd 0.5, most of them not contractive."""
    names = [f"n{i}" for i in range(N - 4)] + [f"d{i}" for i in range(4)]
    kinds = ["protein"] * (N - 4) + ["drug"] * 4
    rng = np.random.default_rng(0)
    mask = ~np.eye(N, dtype=bool)
    mask[-4:] = False
    models = [hc.CellBox(names, kinds, 0.5 * rng.normal(size=(N, N)) * mask, mask=mask) for _ in range(20)]
    doses = np.concatenate([s * np.eye(4) for s in (-1.0, 1.0)])
    data = PerturbationData(
        values=rng.normal(size=(8, N - 4)),
        readouts=names[:-4],
        kinds=kinds[:-4],
        conditions=[f"c{i}" for i in range(8)],
        perturbations=names[-4:],
        doses=doses,
        input="strength",
        control="implied",
    )
    return models, data


def _train(strong, **options):
    models, data = strong
    settings = FitSettings(
        steps=60,
        learning_rate=0.05,
        schedule="constant",
        start="given",
        l1=0.0,
        l2=0.0,
        drug_l2=0.0,
        **options,
    )
    rows = np.ones((20, 8))
    return train_members(
        models, data, rows, np.zeros((20, 8)), settings, checkpoint=None, progress=False, description=""
    )


def test_the_guard_keeps_strong_random_networks_settling(strong):
    trained = _train(strong)
    assert trained.result == ("success",) * 20
    assert trained.skipped.sum() == 0
    ensemble = Ensemble(trained.members, trained.losses, trained.result)
    values, success = ensemble_states(ensemble, as_conditions(strong[1]))
    assert success.all()
    first, last = trained.history["train_loss"][:, 0], trained.history["train_loss"][:, -1]
    assert (last < first).all()
    # what training believed is what the settled states say
    columns = slice(0, N - 4)
    errors = np.mean((values[:, :, columns] - strong[1].values) ** 2, axis=(1, 2))
    np.testing.assert_allclose(errors, trained.losses, rtol=0.05)
    for i in range(20):
        response = np.abs(np.asarray(ensemble.member(i).response))[: N - 4, : N - 4]
        assert np.abs(np.linalg.eigvals(response)).max() <= 0.9501


def test_members_train_alike_all_at_once_and_in_groups(strong, monkeypatch):
    at_once = _train(strong)
    monkeypatch.setattr(sys.modules[train_members.__module__], "TOGETHER", 7)  # the last group is filled up
    grouped = _train(strong)
    np.testing.assert_array_equal(at_once.losses, grouped.losses)
    assert at_once.result == grouped.result
    for one, other in zip(jax.tree.leaves(at_once.members), jax.tree.leaves(grouped.members)):
        np.testing.assert_array_equal(one, other)
    for name, history in at_once.history.items():
        np.testing.assert_array_equal(history, grouped.history[name])


def test_without_the_guard_such_networks_do_not_settle(strong):
    models, data = strong
    _, residual = _member_states(
        stack_models(models), models[0].inputs(data), np.zeros((8, N)), 300, np.asarray(1e-8)
    )
    assert (np.asarray(residual) > 1e-3).any(axis=1).sum() >= 10
