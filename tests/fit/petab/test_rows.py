from __future__ import annotations

import pytest

from hybridcell.fit.petab.rows import Rows
from tests.fit.petab.problems import CASES


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        # a number, a parameter that is estimated, one by one
        ("noises, version 1", [True, False, True] * 6),
        ("noises, version 2", [True] * 8),  # states
        ("periods", [True] * 7),
        ("events", [False] * 5),
    ],
)
def test_noise_moves_where_an_estimated_parameter_or_a_state_is_in_it(name, wanted, problem_of):
    compiled = problem_of(name).compiled
    rows: Rows = compiled.simulator.rows
    free = {compiled.parameters[k].id for k in compiled.free}
    assert rows.noise_moves(free).tolist() == wanted
    assert compiled.moving_noise.tolist() == [k for k, moves in enumerate(wanted) if moves]


def test_noise_of_a_fixed_size_does_not_move(problem_of):
    rows = problem_of("noises, version 1").compiled.simulator.rows
    assert not rows.noise_moves({"a0", "k1"}).any()
    assert len(CASES["noises, version 1"].distributions) == 18
