"""Gains of experiments of any size, by differences of an outlook that is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad

from hybridcell.infer.design.continuous import ByDifferences
from hybridcell.infer.design.outlook import Outlook

LOWER, UPPER = np.array([-1.0, 0.0]), np.array([1.0, 2.0])


def row(one):
    """Return what an experiment shows of two unknown numbers."""
    return [one["x"] + one.get("shift", 0.0), np.sin(one["t"])]


def outlook(experiments, about="predictions"):
    rows = np.array([row(one) for one in experiments])
    usable = np.array([one["x"] < 0.9 for one in experiments])
    names = tuple(map(str, range(len(rows))))
    return Outlook(names, np.where(usable[:, None], rows, 0.0)[:, None], np.eye(2), about, usable)


def gains(interest=(), rest=(), about="predictions"):
    return ByDifferences(
        lambda experiments: outlook(experiments, about), ["x", "t"], dict(rest), LOWER, UPPER, interest
    )


def information(rows):
    rows = np.reshape(rows, (-1, 2))
    return 0.5 * np.linalg.slogdet(np.eye(2) + rows.T @ rows)[1]


def test_without_interest_the_gain_is_information_given_what_was_taken():
    found, xs = gains(), np.array([[0.5, 1.0], [-0.3, 2.0]])
    shown = [row({"x": x, "t": t}) for x, t in xs]
    np.testing.assert_allclose(found.values(xs), [information(one) for one in shown], rtol=1e-12)
    found.take(xs[0])
    found.take(xs[1])
    again = information([*shown, shown[0]]) - information(shown)
    np.testing.assert_allclose(found.values(xs[:1]), again, rtol=1e-9)


@pytest.mark.parametrize("about", ["predictions", "parameters"])
def test_with_interest_the_gain_is_the_share_of_its_variance(about):
    of = {"x": 0.2, "t": 1.5}
    asked = np.eye(2) if about == "parameters" else np.array([row(of)])
    x = np.array([0.5, 1.0])
    told = np.array(row({"x": 0.5, "t": 1.0}))
    left = np.eye(2) - np.outer(told, told) / (1 + told @ told)
    wanted = 1 - np.trace(asked @ left @ asked.T) / np.trace(asked @ asked.T)
    np.testing.assert_allclose(gains([of], about=about).values(x[None]), wanted, rtol=1e-12)


def test_what_every_experiment_sets_is_not_set_in_those_of_interest():
    of, x = {"x": 0.2, "t": 1.5}, np.array([[0.5, 1.0]])
    shifted = gains([of], {"shift": 0.7})
    told, asked = np.array(row({"x": 0.5, "t": 1.0, "shift": 0.7})), np.array(row(of))
    share = (asked @ told) ** 2 / (1 + told @ told) / (asked @ asked)
    np.testing.assert_allclose(shifted.values(x), share, rtol=1e-12)
    shifted.take(x[0])
    assert shifted._taken == [{"shift": 0.7, "x": 0.5, "t": 1.0}]


def test_slopes_are_those_of_the_gain_inside_and_one_sided_at_bounds():
    found = gains()
    value = lambda x: found.value_and_gradient(x)[0]  # noqa: E731
    slope = lambda x: found.value_and_gradient(x)[1]  # noqa: E731
    assert check_grad(value, slope, np.array([0.4, 1.1])) < 1e-6
    np.testing.assert_allclose(slope(np.array([-1.0, 0.0]))[0], -0.5, atol=1e-3)  # of log(1 + x^2) / 2
    asked = []
    watched = ByDifferences(
        lambda experiments: asked.extend(experiments) or outlook(experiments),
        ["x", "t"],
        {},
        LOWER,
        UPPER,
        [],
    )
    watched.value_and_gradient(np.array([-1.0, 2.0]))
    assert min(one["x"] for one in asked) == -1.0
    assert max(one["t"] for one in asked) == 2.0


def test_what_cannot_be_simulated_gains_minus_infinity_and_has_no_slope():
    found = gains()
    assert found.values(np.array([[0.95, 1.0], [0.5, 1.0]]))[0] == -np.inf
    value, slope = found.value_and_gradient(np.array([0.95, 1.0]))
    assert value == -np.inf
    assert slope.tolist() == [0.0, 0.0]
