"""Reasons why there is no likelihood, from codes and numbers made here."""

from __future__ import annotations

import numpy as np

from hybridcell.fit.petab.failures import find_failures
from hybridcell.fit.petab.simulator import Seen
from hybridcell.simulate.kinetics.compiled.results import MESSAGES, STEP_TOO_SMALL


def test_each_reason_is_named_where_it_belongs(problem_of):
    compiled = problem_of("noises, version 1").compiled
    plan, which = compiled.simulator.plan, compiled.statement.measurements.observable
    good = np.ones((4, len(which)))
    found, sigma = good.copy(), good.copy()
    codes = np.zeros((4, len(plan.levels) * max(map(len, plan.levels))), int)
    codes[1, 0] = STEP_TOO_SMALL
    found[1:3, 0] = np.nan
    sigma[3, -1] = 0.0
    rows = find_failures(compiled, Seen(found, sigma, codes))
    first, last = (compiled.statement.observables[which[k]].id for k in (0, -1))
    assert rows == [
        {
            "vector": 1,
            "conditions": ", ".join(plan.levels[0][0].conditions),
            "reason": MESSAGES[STEP_TOO_SMALL],
        },
        {"vector": 2, "conditions": "", "reason": f"{first} is not a number (at 1 of its measurements)"},
        {
            "vector": 3,
            "conditions": "",
            "reason": f"{last} has a noise that is not positive (at 1 of its measurements)",
        },
    ]
