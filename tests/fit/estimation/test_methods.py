"""Methods by their names, and the options that each takes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import optax
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.estimation import Tolerances
from hybridcell.fit.estimation.methods import METHODS, crew_of
from tests.fit.estimation.objectives import needs

OBJECTIVE = SimpleNamespace(lower=np.zeros(3), upper=np.ones(3), n=10, has_least_squares=True)


def made(method, *, tolerances=None, **options):
    tolerances = Tolerances() if tolerances is None else tolerances
    return crew_of(
        method, OBJECTIVE, capacity=12, max_iterations=5, tolerances=tolerances, seed=0, options=options
    )


@pytest.mark.parametrize("method", METHODS)
def test_every_method_makes_a_crew_without_runs(method):
    needs(method)
    crew = made(method)
    assert len(crew) == 0
    assert crew.saved() == {}
    assert 1 <= crew.capacity <= 12
    crew.close()


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("cma-es", {"population": 0}, "population is 0; wanted a whole number, at least 2"),
        ("cma-es", {"population": 2.5}, "population is 2.5"),
        ("cma-es", {"population": "a"}, "population is 'a'"),
        ("cma-es", {"population": np.inf}, "population is inf"),
        ("cma-es", {"sigma": 0.0}, "sigma is 0.0; wanted a positive number"),
        ("cma-es", {"sigma": np.nan}, "sigma is nan"),
        ("l-bfgs-b", {"memory": 0}, "memory is 0; wanted a whole number, at least 1"),
        ("l-bfgs-b", {"memory": None}, "memory is None"),
        ("l-bfgs-b", {"memory": True}, "memory is True"),
        ("adam", {"learning_rate": -1}, "learning_rate is -1; wanted a positive number"),
        ("adam", {"learning_rate": "fast"}, "learning_rate is 'fast'"),
        (
            "adam",
            {"optimizer": "sgd"},
            r"optimizer is 'sgd'; wanted a gradient transformation, such as optax",
        ),
        ("adam", {"tolerances": {"value": 1.0}}, r"tolerances is \{'value': 1.0\}; wanted Tolerances"),
    ],
)
def test_options_that_are_none(method, options, message):
    with pytest.raises(InvalidValueError, match=message):
        made(method, **options)


@pytest.mark.parametrize("method", METHODS)
def test_options_of_other_methods_are_refused(method):
    other = "memory" if method != "l-bfgs-b" else "sigma"
    with pytest.raises(UnknownNameError, match=f"no option of '{method}' '{other}'"):
        made(method, **{other: 3})


def test_options_at_their_limits_are_taken():
    needs("cma-es")
    assert made("cma-es", population=2, sigma=1e-9).capacity == 6
    assert made("cma-es", population=None).capacity == 12 // (4 + int(3 * np.log(3)))
    assert made("cma-es", population=100).capacity == 1
    made("l-bfgs-b", memory=np.int64(1))
    made("adam", optimizer=optax.sgd(0.1), learning_rate=np.float32(0.1))


@pytest.mark.parametrize("name", ["value", "step", "gradient"])
@pytest.mark.parametrize("value", [-1e-9, np.nan])
def test_tolerances_are_zero_or_more(name, value):
    with pytest.raises(InvalidValueError, match=f"The tolerance {name} is {value}; wanted zero or more"):
        Tolerances(**{name: value})
    assert getattr(Tolerances(**{name: 0}), name) == 0
