import dataclasses

import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError


@pytest.fixture(scope="module")
def networks():
    """Return a predator-prey network and its like with half and twice the first parameter."""
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    name, value = network.parameters[0].id, network.parameters[0].value
    return [network.with_values({name: value * factor}) for factor in (1.0, 0.9, 1.1)]


@pytest.fixture(scope="module")
def ensemble(networks):
    return hc.Ensemble.from_models(networks)


def test_an_ensemble_gives_mean_and_spread_of_its_members(networks, ensemble):
    found = hc.predict(ensemble, None, time=2.0)
    each = np.stack([np.asarray(hc.simulate(n, t1=2.0, ts=[2.0]).values)[:, -1] for n in networks])
    np.testing.assert_allclose(found.X, each.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(found.layers["epistemic"], each.std(axis=0), rtol=1e-9)
    assert (found.layers["upper"] == np.inf).all()
    assert "not calibrated by folds" in found.uns["hybridcell"]["interval"]["reason"]
    assert (found.obs["success"] == 1.0).all()
    assert list(found.var_names) == list(hc.simulate(networks[0], t1=2.0, ts=[2.0]).names)


def test_one_network_is_predicted_as_simulated(networks):
    found = hc.predict(networks[0], None, time=2.0)
    np.testing.assert_allclose(found.X, np.asarray(hc.simulate(networks[0], t1=2.0, ts=[2.0]).values)[:, -1])
    assert list(filter(None, found.layers)) == ["predicted"]  # newer anndata lists X, without a name


def test_a_member_that_does_not_count_is_left_out(networks, ensemble):
    failed = dataclasses.replace(ensemble, result=("success", "success", "does not describe its data"))
    two = hc.predict(failed, None, time=2.0)
    np.testing.assert_allclose(two.X, hc.predict(ensemble.subset([0, 1]), None, time=2.0).X, rtol=1e-9)
    assert two.obs["success"].tolist() == pytest.approx([2 / 3])


def test_a_time_is_needed(ensemble):
    for time in (None, 0.0, np.nan):
        with pytest.raises(InvalidValueError, match="for a positive time"):
            hc.predict(ensemble, None, time=time)
