import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.restart import restarted


def test_nothing_of_the_fit_is_left(model, screen):
    fitted = hc.fit(model, screen, steps=30, progress=False, key=jr.key(0)).model
    found = restarted(fitted, screen, jr.key(1))
    assert np.abs(np.asarray(fitted.response)).max() > 0.3
    assert np.abs(np.asarray(found.response)).max() < 0.1
    np.testing.assert_array_equal(np.asarray(found.response)[~np.asarray(found.mask)], 0.0)
    np.testing.assert_allclose(found.epsilon, model.epsilon)
    # two fits of which nothing is left are the same start
    other = hc.fit(model, screen, steps=10, learning_rate=0.02, progress=False, key=jr.key(0)).model
    again = restarted(other, screen, jr.key(1))
    np.testing.assert_array_equal(again.response, found.response)


def test_residuals_start_as_nothing(model, screen):
    hybrid = model + hc.NeuralResidual(width=3, key=jr.key(0))
    fitted = hc.fit(hybrid, screen, steps=10, progress=False, key=jr.key(0)).model
    assert np.abs(np.asarray(fitted.residuals[0].network.weights[-1].value)).max() > 0
    found = restarted(fitted, screen, jr.key(1))
    assert np.abs(np.asarray(found.residuals[0].network.weights[-1].value)).max() == 0


def test_priors_stay(screen):
    targets = pd.DataFrame({"drug": ["d1"], "target": ["p1"], "sign": [1]})
    model = hc.CellBox.from_data(screen, drug_targets=targets, key=jr.key(0))
    fitted = hc.fit(model, screen, steps=10, progress=False, key=jr.key(0)).model
    found = restarted(fitted, screen, jr.key(1))
    np.testing.assert_array_equal(found.drug_effects.targets, fitted.drug_effects.targets)
    assert np.abs(np.asarray(found.drug_effects.latent.value)).max() == 0


def test_other_mechanisms_are_refused(screen):
    with pytest.raises(InvalidValueError, match="without its start"):
        restarted(object(), screen, jr.key(0))
