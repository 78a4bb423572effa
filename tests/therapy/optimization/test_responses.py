"""Readouts by dose, and their slopes."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import UnknownNameError
from hybridcell.therapy.optimization.responses import Responses
from tests.therapy.optimization.problems import ensemble


@pytest.fixture(scope="module")
def responses():
    return Responses(ensemble(), ("a", "b", "c"), ("growth", "stress"), None)


def test_slopes_are_those_of_differences(responses):
    dose, step = np.array([-0.4, -0.7, 0.2]), 1e-5
    values, slopes = responses.values_and_slopes(dose)
    wanted = [
        (responses.values_and_slopes(dose + e)[0] - responses.values_and_slopes(dose - e)[0]) / (2 * step)
        for e in step * np.eye(3)
    ]
    np.testing.assert_allclose(slopes, np.stack(wanted, axis=-1), atol=1e-7)
    np.testing.assert_allclose(responses.values(dose[None])[:, 0], values, atol=1e-7)


def test_simulations_are_counted_and_a_watcher_starts_anew(responses):
    before = responses.n_simulations
    responses.values(np.zeros((5, 3)))
    responses.values_and_slopes(np.zeros(3))
    assert responses.n_simulations == before + 6
    more = responses.watching("K")
    assert more.readouts == ("growth", "stress", "K")
    assert more.n_simulations == 0
    with pytest.raises(UnknownNameError, match="Did you mean 'stress'"):
        responses.watching("stres")
