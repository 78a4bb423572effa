"""A piece of a screen: members one after the other, and what they hand on."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridcell.therapy.screen.pieces import Piece, solve_piece


class Counting:
    """A solver whose responses are known; it says what each member started from."""

    n, n_alone = 2, 3

    def __init__(self):
        self.given: list[Any] = []

    def run(self, model, conditions, alone):
        self.given.append(alone)
        rows = np.arange(conditions.start, conditions.stop)
        found = None if model < 0 else np.full((self.n_alone, self.n), float(model))
        return model + 0.1 * rows, np.abs(model) * (rows % 3), found if alone is None else alone


def test_the_first_piece_hands_on_where_its_members_start():
    solver: Any = Counting()
    solved = solve_piece(Piece(solver, [2, -5, 3], slice(0, 4), None))
    np.testing.assert_allclose(solved.responses, np.array([[2], [-5], [3]]) + 0.1 * np.arange(4))
    # of the members the largest
    np.testing.assert_array_equal(solved.residual, 5 * (np.arange(4) % 3))
    assert solved.alone is not None
    assert solved.alone[0].tolist() == [[2, 2]] * 3
    assert np.isnan(solved.alone[1]).all()
    assert solved.alone[2].tolist() == [[3, 3]] * 3


def test_later_pieces_start_from_what_the_first_one_found():
    solver: Any = Counting()
    alone = np.stack([np.full((3, 2), 2.0), np.full((3, 2), np.nan)])
    solved = solve_piece(Piece(solver, [2, -5], slice(4, 6), alone))
    assert solved.alone is None
    np.testing.assert_array_equal(solver.given[0], alone[0])
    assert solver.given[1] is None


def test_where_no_member_has_a_start_none_is_handed_on():
    solver: Any = Counting()
    assert solve_piece(Piece(solver, [-1, -2], slice(0, 2), None)).alone is None


def test_what_did_not_settle_is_not_counted():
    solver: Any = Counting()
    solved = solve_piece(Piece(solver, [1, 2], slice(0, 5), None))
    assert solved.n_settled == 10
    solved.responses[0, 1:3] = np.nan
    assert solved.n_settled == 8
