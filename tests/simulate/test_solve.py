import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError


def test_auto_is_adaptive_and_heun_when_a_step_is_given():
    assert hc.Solve().resolved_method == "tsit5"
    assert not hc.Solve().is_fixed_step
    assert hc.Solve(dt=0.2).resolved_method == "heun"
    assert hc.Solve(dt=0.2).step == 0.2
    assert hc.Solve(method="rk4").step == 0.1
    assert hc.Solve(method="rk4").is_fixed_step


def test_steadiness_follows_precision_and_wish():
    assert hc.Solve().steadiness == 1e-8
    assert hc.Solve(steady_tol=1e-5).steadiness == 1e-5


def test_numbers_of_numpy_become_those_of_python():
    solve = hc.Solve(rtol=np.float32(0.5), dt=np.float64(0.1), max_steps=np.int64(7))
    assert solve == hc.Solve(rtol=0.5, dt=0.1, max_steps=7)
    assert [type(value) for value in (solve.rtol, solve.dt, solve.max_steps)] == [float, float, int]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "tsit6"}, "tsit5"),
        ({"method": "RK4"}, "rk4"),
        ({"backend": "nump"}, "numpy"),
        ({"rtol": 0.0}, "rtol"),
        ({"atol": -1.0}, "atol"),
        ({"dt": float("nan")}, "dt"),
        ({"dt": "0.1"}, "dt"),
        ({"rtol": True}, "rtol"),
        ({"max_steps": None}, "max_steps"),
        ({"max_steps": 0}, "max_steps"),
        ({"max_steps": 2.5}, "max_steps"),
        ({"steady_tol": float("inf")}, "steady_tol"),
        ({"method": "dopri8", "dt": 0.1}, "heun"),
    ],
)
def test_wrong_settings_are_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        hc.Solve(**options)
