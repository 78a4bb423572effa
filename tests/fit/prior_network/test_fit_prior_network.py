"""`hc.fit` of a prior network."""

from dataclasses import replace

import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData
from hybridcell.mechanisms import PriorNetwork

KEY = jr.key(0)
LIGANDS, READOUTS = tuple(f"L{i}" for i in range(9)), tuple("ABCDEF")


@pytest.fixture(scope="module")
def prior():
    """Three receptors, each of three ligands, act on two readouts each."""
    into = [{"source": f"L{i}", "target": f"r{i % 3}", "sign": 1} for i in range(9)]
    out = [{"source": f"r{i // 2}", "target": r, "sign": 1 - 2 * (i % 2)} for i, r in enumerate(READOUTS)]
    return pd.DataFrame(into + out)


@pytest.fixture(scope="module")
def screen():
    """Ligands alone and with a costimulus; ligands of one receptor do the same."""
    rng = np.random.default_rng(0)
    effect = np.zeros((3, 6))
    for i in range(6):
        effect[i // 2, i] = 2.0 * (1 - 2 * (i % 2))
    rows, doses = [], []
    for i in range(9):
        for stimulus in (0.0, 1.0):
            doses.append(np.r_[np.eye(9)[i], stimulus])
            level = effect[i % 3] + stimulus * np.r_[np.ones(3), -np.ones(3)]
            rows.append(1 / (1 + np.exp(-level - 0.05 * rng.normal(size=6))))
    doses.append(np.zeros(10))
    rows.append(np.full(6, 0.5))
    return PerturbationData(
        values=np.array(rows), readouts=READOUTS, kinds=("protein",) * 6,
        conditions=tuple(f"c{i}" for i in range(19)), perturbations=(*LIGANDS, "S"), doses=np.array(doses),
        input="dose", control="measured",
    )  # fmt: skip


def rows_of(screen, keep):
    keep = np.asarray(keep)
    return replace(
        screen, values=screen.values[keep], doses=screen.doses[keep],
        conditions=tuple(np.array(screen.conditions)[keep]),
    )  # fmt: skip


def error(fitted, screen):
    predicted = hc.predict(fitted, screen).to_df()[list(screen.readouts)].to_numpy()
    return float(np.sqrt(np.mean((predicted - screen.values) ** 2)))


def test_a_ligand_that_was_never_given_is_foretold_by_the_prior_alone(screen, prior):
    unseen = screen.doses[:, 4] > 0
    train, test = rows_of(screen, ~unseen), rows_of(screen, unseen)
    with_prior = hc.fit(PriorNetwork.from_data(train, prior=prior), train, key=KEY)
    without = hc.fit(PriorNetwork.from_data(train), train, key=KEY)
    misled = prior.assign(target=prior["target"].where(prior["source"] != "L4", "r2"))
    wrong = hc.fit(PriorNetwork.from_data(train, prior=misled), train, key=KEY)
    assert with_prior.result == without.result == "success"
    assert error(with_prior, test) < 0.6 * error(without, test)
    assert error(without, test) < 0.8 * error(wrong, test)
    assert not without.model.routed.value.any()
    assert 0 < with_prior.history["train_loss"].item() < with_prior.loss < error(with_prior, test) ** 2


def test_the_order_of_readouts_and_perturbations_does_not_matter(screen, prior):
    place, turn = np.array([3, 0, 5, 1, 4, 2]), np.arange(9, -1, -1)
    other = replace(
        screen, values=screen.values[:, place], readouts=tuple(np.array(READOUTS)[place]),
        perturbations=tuple(np.array(screen.perturbations)[turn]), doses=screen.doses[:, turn],
    )  # fmt: skip
    model = PriorNetwork.from_data(screen, prior=prior)
    one, again = hc.fit(model, screen, key=KEY).model, hc.fit(model, other, key=KEY).model
    np.testing.assert_allclose(one.weights, again.weights, atol=1e-6)
    np.testing.assert_allclose(one.bias.value, again.bias.value, atol=1e-6)


def test_replicates_are_averaged_and_units_of_doses_do_not_matter(screen, prior):
    twice = replace(
        screen, values=np.r_[screen.values, screen.values], doses=np.r_[screen.doses, screen.doses],
        conditions=(*screen.conditions, *(f"{c} again" for c in screen.conditions)),
    )  # fmt: skip
    nano = replace(screen, doses=screen.doses * 1e3)
    fits = [hc.fit(PriorNetwork.from_data(s, prior=prior), s, key=KEY) for s in (screen, twice, nano)]
    np.testing.assert_allclose(fits[1].model.weights, fits[0].model.weights, atol=1e-8)
    np.testing.assert_allclose(fits[1].loss, fits[0].loss)
    np.testing.assert_allclose(fits[2].model.weights, fits[0].model.weights / 1e3, atol=1e-10)


def test_missing_entries_are_filled_in_and_weight_zero_counts_as_missing(screen, prior):
    rng = np.random.default_rng(1)
    gone = rng.random(screen.values.shape) < 0.1
    holes = replace(screen, values=np.where(gone, np.nan, screen.values))
    model = PriorNetwork.from_data(screen, prior=prior)
    fitted = hc.fit(model, holes, key=KEY)
    assert error(fitted, screen) < 0.1
    absurd = replace(screen, values=np.where(gone, 1 - screen.values, screen.values), weight=1.0 - gone)
    np.testing.assert_array_equal(hc.fit(model, absurd, key=KEY).model.weights, fitted.model.weights)


def test_log_ratios_take_the_identity(screen):
    ratios = replace(screen, values=3 * screen.values - 5)
    fitted = hc.fit(PriorNetwork.from_data(ratios, link="identity"), ratios, key=KEY)
    assert error(fitted, ratios) < 0.3


def test_what_cannot_be_fitted_is_refused(screen, prior):
    model = PriorNetwork.from_data(screen, prior=prior)
    refused = [
        (replace(screen, values=screen.values * 2), DataError, r"from 0 to 1.*identity"),
        (replace(screen, time=np.ones(19)), DataError, "no time course"),
        (rows_of(screen, np.arange(19) < 2), DataError, "2 measured conditions"),
        (
            replace(screen, values=np.where(np.arange(6) == 2, np.nan, screen.values)),
            DataError,
            "'C' was never",
        ),
        (replace(screen, readouts=(*"ABCDE", "X")), UnknownNameError, "'X'"),
    ]
    for data, kind, message in refused:
        with pytest.raises(kind, match=message):
            hc.fit(model, data, key=KEY)
    with pytest.raises(InvalidValueError, match="without the option 'steps'"):
        hc.fit(model, screen, steps=3, key=KEY)
    with pytest.raises(InvalidValueError, match="closed form"):
        hc.fit(model, screen, validation=0.2, key=KEY)
