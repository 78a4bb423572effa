"""Delays that reach across periods: refused where something would be lost, exact where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.io.petab import PetabError
from tests.fit.petab.problems import write

EVENT = "E: at {delay} after (time >= 1), t0=false: x = x + dose;"
DECAY = "-k * x"
K, DOSE = 0.7, 3.0
MODEL = """
model m
  k = 0.3; x0 = 1; dose = 2; tau = 1;
  species x; compartment c = 1; x in c;
  x = x0;
  x' = {rate};
  {more}
end
"""
TABLES = {
    "parameters": "parameterId lowerBound upperBound nominalValue estimate\nk 0.1 2 0.7 true",
    "observables": "observableId observableFormula noiseFormula\nobs x 0.1",
    "conditions": "conditionId targetId targetValue\nfirst dose 2\nlast dose 3",
    "experiments": "experimentId time conditionId\ne 0 first\ne 1.5 last",
    "measurements": "observableId experimentId time measurement\nobs e 1 0.7\nobs e 3 1",
}


def read(folder, *, rate=DECAY, more="", **tables):
    """Return a problem, compiled as far as it is checked."""
    problem = hc.read_petab(write(folder, MODEL.format(rate=rate, more=more), 2, {**TABLES, **tables}))
    assert problem.free == ("k",)
    return problem


@pytest.mark.parametrize("delay", ["1", "tau"])
def test_an_event_that_may_be_waiting_when_a_period_ends_is_refused(delay, tmp_path):
    wanted = (
        r"problem.yaml: event 'E' of the model has a delay, and at time 1.5 another period follows under the "
        r"conditions first, last: .* would be lost. Give the model a second event"
    )
    with pytest.raises(PetabError, match=wanted):
        read(tmp_path, more=EVENT.format(delay=delay))


def test_so_it_is_before_a_measurement_at_rest(tmp_path):
    measured = TABLES["measurements"].replace("e 3 1", "e inf 0")
    one = TABLES["experiments"].rsplit("\n", 1)[0]
    with pytest.raises(
        PetabError, match=r"event 'E' .* a measurement at rest \(time inf\) follows those until"
    ):
        read(tmp_path, more=EVENT.format(delay=1), measurements=measured, experiments=one)


def test_equations_that_read_their_past_are_refused_too(tmp_path):
    with pytest.raises(PetabError, match=r"reads its own past \(`delay`\), and at time 1.5 another period"):
        read(tmp_path, rate="-k * delay(x, 1)")


def test_an_observable_that_reads_the_past_is_refused(tmp_path):
    observables = TABLES["observables"].replace("x 0.1", "y 0.1")
    with pytest.raises(PetabError, match="observable 'obs' reads the past of the model"):
        read(tmp_path, more="y := delay(x, 0.5);", observables=observables)


def test_after_preequilibration_nothing_waits(tmp_path):
    # with time from -inf the event has come and gone; on the clock from 0 it comes again, at 1 + 1
    periods = TABLES["experiments"].replace("e 0", "e -inf").replace("e 1.5", "e 0")
    found = read(tmp_path, more=EVENT.format(delay=1), experiments=periods).simulate()["simulation"]
    np.testing.assert_allclose(found, [0.0, DOSE * np.exp(-K)], atol=1e-7)


def test_a_delay_of_nothing_is_none(tmp_path):
    read(tmp_path, more=EVENT.format(delay=0))


def test_within_one_period_delays_may_be(tmp_path):
    read(tmp_path, more=EVENT.format(delay=1), experiments=TABLES["experiments"].rsplit("\n", 1)[0])
