from __future__ import annotations

import math

import numpy as np
import pytest

from hybridcell._core.expressions import number, symbol
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.measurements import DEFAULT, experiment_places, measurements
from hybridcell.io.petab.statement import Experiment, Observable, Period
from tests.io.petab.test_parameters import rows

E = Experiment(id="e", periods=(Period(time=-math.inf), Period(time=2.0)))
O = Observable(
    id="o", formula=symbol("s"), noise=symbol("n"), placeholders=("s", "t"), noise_placeholders=("n",)
)
P = Observable(id="p", formula=symbol("A"), noise=number(1), distribution="log-normal")
GOOD = {
    "observableId": "o p", "experimentId": "_ e", "time": "0 inf", "measurement": "-1 2",
    "observableParameters": "k;2 _", "noiseParameters": "0.5 _",
}  # fmt: skip


def test_rows():
    table = rows(**GOOD)
    experiments, places = experiment_places(table, (E,))
    assert (experiments, places) == ((E, DEFAULT), [1, 0])
    found = measurements(table, (O, P), experiments, places)
    assert len(found) == 2
    assert found.observable.tolist() == [0, 1]
    assert found.experiment.tolist() == [1, 0]
    assert np.array_equal(found.time, [0, math.inf])
    assert found.value.tolist() == [-1, 2]
    assert found.observable_parameters == ((symbol("k"), number(2)), ())
    assert found.noise_parameters == ((number(0.5),), ())


@pytest.mark.parametrize(
    ("row", "column", "changed", "words"),
    [
        (2, "observableId", {"observableId": "q p"}, "no observable 'q'"),
        (2, "experimentId", {"experimentId": "f e"}, "no experiment 'f'"),
        (2, "time", {"time": "-inf inf"}, "no time of a measurement"),
        (2, "time", {"time": "nan inf"}, "empty"),
        (2, "time", {"time": "soon inf"}, "not a number"),
        (3, "time", {"time": "0 1"}, "before the experiment begins, at 2"),
        (2, "measurement", {"measurement": "nan 1"}, "empty"),
        (2, "measurement", {"measurement": "inf 1"}, "no measurement"),
        (3, "measurement", {"measurement": "1 -1"}, "has no logarithm"),
        (2, "observableParameters", {"observableParameters": "k _"}, "1 values for 2 placeholders"),
        (3, "noiseParameters", {"noiseParameters": "1 1"}, "have no placeholders"),
        (2, "noiseParameters", {"noiseParameters": "1+ _"}, "Character 3"),
        (2, "modelId", {"modelId": "n m"}, "no model 'n'"),
    ],
)
def test_what_is_wrong_is_said(row, column, changed, words):
    table = rows(**(GOOD | changed))
    with pytest.raises(PetabError, match=words) as caught:
        measurements(table, (O, P), *experiment_places(table, (E,), "m"))
    assert (caught.value.row, caught.value.column) == (row, column)
