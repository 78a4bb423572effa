import concurrent.futures
import dataclasses
import multiprocessing

import jax
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.ensemble import bootstrap
from hybridcell.fit.scattering import scatter

OPTIONS = {"steps": 40, "learning_rate": 0.02}
DRAWN = {**OPTIONS, "resample": "bootstrap", "calibrate": False}


@pytest.fixture(scope="module")
def four(model, screen):
    return hc.fit_ensemble(model, screen, n=4, key=jr.key(5), **DRAWN)


def _assert_same_member(one, other):
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other)):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_the_first_members_of_a_larger_ensemble_are_those_of_a_smaller_one(four, model, screen):
    two = hc.fit_ensemble(model, screen, n=2, key=jr.key(5), **DRAWN)
    assert two.n == 2
    for i in range(2):
        _assert_same_member(two.member(i), four.member(i))
    np.testing.assert_allclose(two.losses, four.losses[:2], atol=1e-12)


def test_members_differ_and_are_reported(four):
    responses = np.asarray(four.members.response) if hasattr(four.members, "response") else None
    members = [np.asarray(four.member(i).response) for i in range(4)]
    assert responses is not None
    for i in range(3):
        assert np.abs(members[i] - members[i + 1]).max() > 1e-3
    assert four.result == ("success",) * 4
    assert four.info["resample"] == "bootstrap"
    assert four.info["steps"] == 40
    assert four.info["skipped_steps"] == 0
    assert np.isfinite(four.losses).all()
    assert four.best_index == int(np.argmin(four.losses))
    history = four.history
    assert list(history.columns) == ["member", "step", "objective", "train_loss", "validation_loss"]
    assert len(history) == 160
    last = history[(history["member"] == 2) & (history["step"] == 40)]["train_loss"].item()
    assert last == four.losses[2]


def test_a_member_is_a_fit_of_its_scattered_model(model, screen):
    ensemble = hc.fit_ensemble(
        model, screen, n=2, resample="seeds", calibrate=False, key=jr.key(5), **OPTIONS
    )
    key = jr.fold_in(jr.key(5), 1)
    alone = hc.fit(scatter(model, jr.fold_in(key, 0)), screen, key=jr.key(9), **OPTIONS)
    np.testing.assert_allclose(alone.model.response, ensemble.member(1).response, atol=1e-10)


def test_seeds_use_every_row(four, model, screen):
    seeds = hc.fit_ensemble(model, screen, n=4, resample="seeds", calibrate=False, key=jr.key(5), **OPTIONS)
    # started alike and trained on the same rows: much closer to one another than bootstraps are
    spread = lambda e: np.std([np.asarray(m.response) for m in e], axis=0).max()  # noqa: E731
    assert spread(seeds) < 0.5 * spread(four)


def test_splits_validate_each_member_on_its_own_rows(model, screen):
    split = hc.fit_ensemble(model, screen, n=4, resample="split", calibrate=False, key=jr.key(5), **OPTIONS)
    history = split.history
    assert history["validation_loss"].notna().all()
    for i in range(4):
        rows = history[history["member"] == i]
        assert split.losses[i] == rows["validation_loss"].min()


def test_bootstraps_draw_whole_conditions(screen):
    from hybridcell.data import concatenate

    twice = concatenate(screen, dataclasses.replace(screen, conditions=tuple(f"r{i}" for i in range(15))))
    train = np.ones(30)
    train[[4, 19]] = 0.0
    counts = bootstrap(twice, train, jr.key(0))
    np.testing.assert_array_equal(counts[:15], counts[15:])
    assert counts[4] == 0
    assert counts[:15].sum() == 14
    assert counts.max() > 1


def test_threads_give_the_same_members(four, model, screen):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        spread = hc.fit_ensemble(model, screen, n=4, executor=pool, key=jr.key(5), **DRAWN)
    for i in range(4):
        _assert_same_member(spread.member(i), four.member(i))
    assert spread.result == four.result
    np.testing.assert_allclose(spread.history, four.history, atol=1e-12)


def test_accelerators_train_the_same_members(four, model, screen, monkeypatch):
    """Members are vectorized there, and mapped one after the other on CPU."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    three = hc.fit_ensemble(model, screen, n=3, key=jr.key(5), **DRAWN)
    for i in range(3):
        np.testing.assert_allclose(three.member(i).response, four.member(i).response, atol=1e-9)


def test_processes_give_the_same_members(four, model, screen):
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        spread = hc.fit_ensemble(model, screen, n=4, executor=pool, key=jr.key(5), **DRAWN)
    for i in range(4):
        _assert_same_member(spread.member(i), four.member(i))


def test_hybrids_travel_to_processes(model, screen):
    import pickle

    hybrid = model + hc.NeuralResidual(width=2, key=jr.key(0))
    again = pickle.loads(pickle.dumps(hybrid))
    assert jax.tree.structure(again) == jax.tree.structure(hybrid)


def test_residuals_get_hidden_layers_of_their_own(model):
    hybrid = model + hc.NeuralResidual(width=3, key=jr.key(0))
    one, two = scatter(hybrid, jr.key(1)), scatter(hybrid, jr.key(2))
    first = lambda m: np.asarray(m.residuals[0].network.weights[0].value)  # noqa: E731
    assert np.abs(first(one) - first(two)).max() > 0.1
    assert (np.asarray(one.mechanism.response)[~np.asarray(model.mask)] == 0).all()
    assert np.abs(np.asarray(one.mechanism.response) - np.asarray(model.response)).max() < 0.1


def test_the_same_key_gives_the_same_bits(four, model, screen, same_bits):
    again = hc.fit_ensemble(model, screen, n=4, key=jr.key(5), **DRAWN)
    assert same_bits(four.members, again.members)


def test_an_ensemble_resumes_from_its_checkpoint(four, model, screen, tmp_path, same_bits):
    path = tmp_path / "ensemble.npz"
    hc.fit_ensemble(model, screen, n=4, checkpoint=path, key=jr.key(5), **DRAWN)
    again = hc.fit_ensemble(model, screen, n=4, checkpoint=path, key=jr.key(5), **DRAWN)
    assert same_bits(four.members, again.members)
    assert same_bits(four.losses, again.losses)


def test_predictions_have_a_spread(four, screen):
    predicted = hc.predict(four, screen)
    assert (predicted.obs["success"] == 1).all()
    members = np.stack([hc.predict(member, screen).X for member in four])
    np.testing.assert_allclose(predicted.layers["epistemic"], members.std(axis=0), atol=1e-7)
    assert predicted.layers["epistemic"][:, :4].max() > 0.01


@pytest.mark.parametrize("n", [0, -1, 2.0, "4", None])
def test_a_wrong_number_of_members_is_refused(n, model, screen):
    with pytest.raises(InvalidValueError, match="n is"):
        hc.fit_ensemble(model, screen, n=n, key=jr.key(0))


def test_other_mistakes_are_refused(model, screen):
    with pytest.raises(InvalidValueError, match="Did you mean 'bootstrap'"):
        hc.fit_ensemble(model, screen, n=2, resample="bootstraps", key=jr.key(0))
    with pytest.raises(UnknownNameError, match="Did you mean 'steps'"):
        hc.fit_ensemble(model, screen, n=2, stepz=3, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="given a Fit"):
        hc.fit_ensemble(hc.fit(model, screen, steps=5, key=jr.key(0)), screen, n=2, key=jr.key(0))
