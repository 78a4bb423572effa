import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.infer.design.kinetic_candidates import as_time_courses
from hybridcell.infer.design.kinetic_outlook import (
    parameter_sd,
    posterior_factor,
    readout_noise,
    split_by_readout,
)
from hybridcell.infer.target import as_target


def test_the_factor_is_one_of_the_inverse_information(network_fit):
    target = as_target(network_fit)
    factor, _, _ = posterior_factor(target)
    sd = parameter_sd(target)
    # all are logarithms within wide bounds: known to a factor of 10
    np.testing.assert_allclose(sd, np.log(10.0))
    information = target.fisher() + np.diag(1 / sd**2)
    np.testing.assert_allclose(factor @ factor.T @ information, np.eye(len(sd)), atol=1e-6)


def test_noise_of_readouts_is_that_of_their_measurements(network_fit):
    search = network_fit.search
    [known] = search.measured.readouts
    assert readout_noise(search, [known], None) == [0.02]
    assert readout_noise(search, [known], 0.5) == [0.5]
    assert readout_noise(search, [known, "other"], {"other": 0.3}) == [0.02, 0.3]
    with pytest.raises(UnknownNameError):
        readout_noise(search, [known], {"nothing": 0.3})
    with pytest.raises(InvalidValueError):
        readout_noise(search, [known], -1.0)


def test_candidates_of_one_name_are_one_experiment(network_fit):
    [known] = network_fit.search.measured.readouts
    rows = [{"time": t, "candidate": name} for t, name in ((1, "x"), (2, "x"), (1, "y"))]
    data, owner, names = as_time_courses(network_fit.network, rows, None, [known])
    assert names == ("x", "y")
    assert owner.tolist() == [0, 0, 1]
    assert data.obs["time"].tolist() == [1.0, 2.0, 1.0]
    owner, names = split_by_readout(np.array([0, 0, 1]), ["x", "y"], ["p", "q", "p"])
    assert owner.tolist() == [0, 1, 2]
    assert names == ("x: p", "x: q", "y: p")
