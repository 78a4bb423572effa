from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.therapy.synergy import Beliefs, extrapolate
from hybridcell.therapy.synergy.four_states import surfaces

DOSES = np.array([0.0, 0.1, 0.3, 1.0, 3.0])


def truth(rng):
    """Return a surface of which the highest doses are hidden, as drawn from what pharmacology expects."""
    levels = [1.0, *rng.uniform(0, 0.7, 2), 0.0]
    levels[3] = min(levels[1:3]) * rng.uniform(0.3, 1.0)
    slopes, potency = rng.normal(0, 0.4, 2), rng.normal(0, 1.0, 2)
    theta = np.array([[*levels, *slopes, *np.log([0.6, 0.9]), *potency]])
    with np.errstate(divide="ignore"):
        a, b = (axis.ravel() for axis in np.meshgrid(np.log(DOSES), np.log(DOSES), indexing="ij"))
    return surfaces(theta, a, b).reshape(5, 5)


@pytest.fixture(scope="module")
def found():
    """Return errors at hidden doses of extrapolation, holding the last and the straight line; coverage."""
    rng = np.random.default_rng(3)
    rows = []
    for seed in range(6):
        left = truth(rng)
        noisy = left + rng.normal(0, 0.02, (3, 5, 5))
        noisy[:, 0, 0] = 1.0
        shown = noisy[:, :-1, :-1]
        guess = extrapolate(shown, DOSES[:-1], DOSES[:-1], DOSES, DOSES, kind="viability", seed=seed)
        mean = shown.mean(axis=0)
        hold = np.pad(mean, ((0, 1), (0, 1)), mode="edge")
        step = np.log(DOSES[4] / DOSES[3]) / np.log(DOSES[3] / DOSES[2])
        line = np.concatenate([mean, mean[-1:] + step * (mean[-1:] - mean[-2:-1])])
        line = np.concatenate([line, line[:, -1:] + step * (line[:, -1:] - line[:, -2:-1])], axis=1)
        hidden = np.zeros((5, 5), dtype=bool)
        hidden[-1], hidden[:, -1] = True, True
        inside = (guess.lower <= left) & (left <= guess.upper)
        rows.append([(p - left)[hidden] for p in (guess.mean, hold, line)] + [inside[hidden]])
    return [np.concatenate(column) for column in zip(*rows)]


def test_hidden_doses_are_predicted_better_than_by_holding_and_by_lines(found):
    ours, hold, line = (float(np.sqrt(np.mean(errors**2))) for errors in found[:3])
    assert ours < 0.7 * hold
    assert ours < 0.8 * line


def test_intervals_hold_the_truth_about_as_often_as_they_say(found):
    assert found[3].mean() >= 0.8


def test_without_data_to_tell_the_interval_is_wide():
    flat = np.array([0.0, 0.1, 0.2])
    low = 1 - 0.02 * np.add.outer(np.arange(3), np.arange(3))
    found = extrapolate(low, flat, flat, [0.2, 20.0], [0.0], kind="viability")
    assert found.upper[1, 0] - found.lower[1, 0] > 2 * (found.upper[0, 0] - found.lower[0, 0])
    assert found.mean[1, 0] < found.mean[0, 0]


def test_inhibition_and_viability_are_one_thing():
    left = truth(np.random.default_rng(5))[:-1, :-1]
    given = (DOSES[:-1], DOSES[:-1], [0.0, 3.0], [3.0])
    one, two = extrapolate(left, *given, kind="viability"), extrapolate(1 - left, *given, kind="inhibition")
    np.testing.assert_allclose(one.mean, 1 - two.mean, atol=1e-9)
    np.testing.assert_allclose(one.lower, 1 - two.upper, atol=1e-9)


def test_it_shows_itself_and_gives_a_table():
    left = truth(np.random.default_rng(6))[:-1, :-1]
    found = extrapolate(left, DOSES[:-1], DOSES[:-1], [0.0, 3.0], [3.0], kind="viability")
    assert repr(found) == "Extrapolation(2 x 1 doses, 90% intervals)"
    assert "2 x 1" in found._repr_html_()
    table = found.to_dataframe()
    assert table[["dose_a", "dose_b"]].to_numpy().tolist() == [[0.0, 3.0], [3.0, 3.0]]
    assert (table["lower"] <= table["mean"]).all()


def test_what_makes_no_sense_is_refused():
    left = np.ones((3, 3))
    axis = [0.0, 1.0, 2.0]
    with pytest.raises(InvalidValueError, match="new_a"):
        extrapolate(left, axis, axis, [-1.0], [1.0], kind="viability")
    with pytest.raises(InvalidValueError, match="new_b"):
        extrapolate(left, axis, axis, [1.0], "much", kind="viability")
    with pytest.raises(InvalidValueError, match="level"):
        extrapolate(left, axis, axis, [1.0], [1.0], kind="viability", level=2.0)
    gaps = [[1, 1, 1], [np.nan] * 3, [1, 1, 1]]
    with pytest.raises(InvalidValueError, match="two at least"):
        extrapolate(gaps, axis, axis, [1.0], [1.0], kind="viability")
    with pytest.raises(InvalidValueError, match=r"Beliefs\.hill"):
        Beliefs(hill=-1.0)


def test_doses_that_were_measured_are_told_again():
    left = truth(np.random.default_rng(7))
    found = hc.synergy.extrapolate(left, DOSES, DOSES, DOSES, DOSES, kind="viability")
    np.testing.assert_allclose(found.mean, left, atol=0.06)
