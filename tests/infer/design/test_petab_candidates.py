import numpy as np

import hybridcell as hc
from hybridcell.infer.design.petab_candidates import experiment_labels, with_candidates


def test_rows_take_the_place_of_measurements_and_are_filled_like_them():
    problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    statement = problem.statement
    label = experiment_labels(statement)[0][0]
    asked, owner, names = with_candidates(problem, [{"experimentId": label, "time": 3.0}], None)
    assert len(asked.statement.measurements) == len(statement.observables)
    assert owner.tolist() == [0] * len(statement.observables)
    assert len(names) == 1
    measured = statement.measurements
    row = int(np.flatnonzero(measured.observable == 0)[0])
    assert asked.statement.measurements.noise_parameters[0] == measured.noise_parameters[row]
