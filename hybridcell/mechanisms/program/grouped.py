"""The evaluator of a network whose laws are grouped by shape: fast to run and differentiable to any order."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.assembly import assemble, assemble_slopes, pattern
from hybridcell.mechanisms.program.elimination import Elimination, plan_elimination
from hybridcell.mechanisms.program.evaluator import SECTIONS, Evaluator
from hybridcell.mechanisms.program.grouped_program import GroupedProgram
from hybridcell.mechanisms.program.grouping import group
from hybridcell.mechanisms.program.layout import Layout
from hybridcell.mechanisms.program.sections import Sections
from hybridcell.mechanisms.program.sparse import SparseMatrix
from hybridcell.mechanisms.program.transposed import Transposed, plan_transposed


class GroupedEvaluator(Evaluator):
    """A program for each section, made of one template per shape of law.

    Attributes
    ----------
    numbers : (c,) float
    terms : GroupedProgram
        The terms of F.
    assemble, assemble_slopes, elimination, assemble_pattern, transposed
        See `Evaluator`.
    others : dict of GroupedProgram
        By section.
    """

    numbers: Float[Array, " c"]
    terms: GroupedProgram
    assemble: SparseMatrix
    assemble_slopes: SparseMatrix
    elimination: Elimination | None
    assemble_pattern: SparseMatrix | None
    transposed: Transposed | None
    others: dict[str, GroupedProgram]

    def section(self, name: str, operands: Float[Array, " size"]) -> Float[Array, " _"]:
        """See `Evaluator`."""
        return self.others[name].values(operands)

    def reads_modes(self, name: str) -> bool:
        """See `Evaluator`."""
        return bool(self.others[name].levels)

    def field(self, operands: Float[Array, " size *c"]) -> Float[Array, " n *c"]:
        """See `Evaluator`."""
        return self.assemble(self.terms.values(operands))

    def terms_and_slopes(
        self, operands: Float[Array, " size *c"]
    ) -> tuple[Float[Array, " terms *c"], Float[Array, " entries *c"]]:
        """See `Evaluator`."""
        return self.terms.linearized(operands)


def make_grouped(sections: Sections, layout: Layout) -> GroupedEvaluator:
    """Group the laws of a network by shape."""
    program, columns = group(sections.field.terms, layout, slopes=True)
    field, n = sections.field, layout.n
    elimination = plan_elimination(pattern(field, columns, n), n, universal=False)
    places = None if elimination is None else np.asarray(elimination.places)
    return GroupedEvaluator(
        numbers=layout.numbers,  # pyright: ignore[reportArgumentType]
        terms=program,
        assemble=assemble(field, n),
        assemble_slopes=assemble_slopes(field, columns, n),
        elimination=elimination,
        assemble_pattern=None if places is None else assemble_slopes(field, columns, n, places),
        transposed=plan_transposed(field, columns, n),
        others={
            name: group(getattr(sections, name), layout, with_modes=name not in ("relations", "initial"))[0]
            for name in SECTIONS
        },
    )
