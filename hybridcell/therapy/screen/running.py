"""Solving the pieces of a screen, here or on the workers of an executor, and keeping what they give."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from hybridcell._core.errors import NotConvergedError
from hybridcell._core.workers import Workers
from hybridcell.therapy.screen.blocks import Blocks
from hybridcell.therapy.screen.pieces import Piece, Solved, solve_piece
from hybridcell.therapy.screen.states import ScreenSolver

PieceId = tuple[int, int]


class Store(Protocol):
    """Where the numbers of finished pieces go."""

    def finished(self) -> dict[PieceId, int]:
        """Return the pieces that are there already."""
        ...

    def write(self, piece: PieceId, solved: Solved) -> None:
        """Keep a piece."""
        ...

    def alone(self, group: int) -> np.ndarray | None:
        """Return the states that the first piece of a group, finished before, has found."""
        ...


class Memory:
    """A store in memory."""

    def __init__(self, blocks: Blocks):
        self.blocks = blocks
        self.responses = np.empty((blocks.n_members, blocks.n_conditions))
        self.residual = np.zeros(blocks.n_conditions)

    def finished(self) -> dict[PieceId, int]:
        """Return nothing: memory is always new."""
        return {}

    def write(self, piece: PieceId, solved: Solved) -> None:
        """Place the numbers of a piece."""
        members, conditions = self.blocks.members(piece[0]), self.blocks.conditions(piece[1])
        self.responses[members, conditions] = solved.responses
        self.residual[conditions] = np.maximum(self.residual[conditions], solved.residual)

    def alone(self, group: int) -> np.ndarray | None:
        """Return nothing, because nothing is finished before."""
        return None


def run_pieces(
    solver: ScreenSolver,
    members: Callable[[slice], Sequence[Any]],
    blocks: Blocks,
    store: Store,
    *,
    workers: Workers | None,
    advance: Callable[[], Any],
) -> None:
    """Solve all pieces that are not finished; the order and the place do not change any number.

    Parameters
    ----------
    members
        Gives the models of some members.
    workers : Workers or None
        None: here, one after the other.
    advance
        Called after each piece.

    Raises
    ------
    NotConvergedError
        When a worker fails.
    """
    plan = _Plan(solver, members, blocks, store)
    if workers is None:
        while (ready := plan.next()) is not None:
            piece_id, piece = ready
            plan.accept(piece_id, solve_piece(piece))
            advance()
        return
    _run_on(workers, plan, advance)


class _Plan:
    """Which piece is next. The first of a group, which the others start from, comes before them."""

    def __init__(
        self,
        solver: ScreenSolver,
        members: Callable[[slice], Sequence[Any]],
        blocks: Blocks,
        store: Store,
    ):
        self.solver, self.members, self.blocks, self.store = solver, members, blocks, store
        self.finished = store.finished()
        self._groups = iter(range(blocks.n_groups))
        self._ready: deque[PieceId] = deque()
        self._models: dict[int, list[Any]] = {}
        self._starts: dict[int, np.ndarray | None] = {}
        self._open: dict[int, int] = {}

    def next(self) -> tuple[PieceId, Piece] | None:
        """Return a piece that can be solved now, or None where all are given out or wait for another."""
        while not self._ready:
            group = next(self._groups, None)
            if group is None:
                return None
            self._begin(group)
        group, block = piece_id = self._ready.popleft()
        piece = Piece(
            solver=self.solver,
            models=self._models[group],
            conditions=self.blocks.conditions(block),
            alone=None if block == 0 else self._starts[group],
        )
        return piece_id, piece

    def _begin(self, group: int) -> None:
        left = [b for b in range(self.blocks.n_blocks) if (group, b) not in self.finished]
        if not left:
            return
        self._models[group] = list(self.members(self.blocks.members(group)))
        self._open[group] = len(left)
        if left[0] == 0:
            self._ready.append((group, 0))
        else:
            self._starts[group] = self.store.alone(group)
            self._ready.extend((group, b) for b in left)

    def accept(self, piece_id: PieceId, solved: Solved) -> None:
        """Keep what a piece gave; after the first of a group its others can follow."""
        self.store.write(piece_id, solved)
        group, block = piece_id
        if block == 0:
            self._starts[group] = solved.alone
            later = [(group, b) for b in range(1, self.blocks.n_blocks) if (group, b) not in self.finished]
            self._ready.extendleft(reversed(later))
        self._open[group] -= 1
        if not self._open[group]:
            self._models.pop(group)
            self._starts.pop(group, None)


def _run_on(workers: Workers, plan: _Plan, advance: Callable[[], Any]) -> None:
    def take() -> tuple[PieceId, tuple[Piece]] | None:
        ready = plan.next()
        return None if ready is None else (ready[0], (ready[1],))

    def keep(piece_id: PieceId, solved: Solved) -> None:
        plan.accept(piece_id, solved)
        advance()

    try:
        workers.run(solve_piece, take, keep)
    except Exception as error:
        kept = "With out= what was finished would have been kept."
        if not isinstance(plan.store, Memory):
            done, total = len(plan.store.finished()), plan.blocks.total
            kept = f"{done:,} of {total:,} pieces are finished and kept."
        raise NotConvergedError(
            f"A worker of the executor failed ({type(error).__name__}: {error}). {kept} Call "
            "hc.screen_combinations again, without executor= to see the error where it arises."
        ) from error
