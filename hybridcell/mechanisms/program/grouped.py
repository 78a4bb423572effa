"""The evaluator of a network whose laws are grouped by shape: fast to run and differentiable to any order."""

from __future__ import annotations

from jaxtyping import Array, Float

from hybridcell.mechanisms.program.assembly import assemble, assemble_slopes, split_slopes
from hybridcell.mechanisms.program.evaluator import SECTIONS, Evaluator, SparseMatrix
from hybridcell.mechanisms.program.grouped_program import GroupedProgram
from hybridcell.mechanisms.program.grouping import group
from hybridcell.mechanisms.program.layout import Layout
from hybridcell.mechanisms.program.sections import Sections


class GroupedEvaluator(Evaluator):
    """A program for each section, made of one template per shape of law.

    Attributes
    ----------
    numbers : (c,) float
    terms : GroupedProgram
        The terms of F.
    assemble, assemble_slopes : SparseMatrix
        From the terms to F, and from the entries of their derivatives to [dF/dx, dF/dt].
    others : dict of GroupedProgram
        By section.
    """

    numbers: Float[Array, " c"]
    terms: GroupedProgram
    assemble: SparseMatrix
    assemble_slopes: SparseMatrix
    others: dict[str, GroupedProgram]

    def section(self, name: str, operands: Float[Array, " size"]) -> Float[Array, " _"]:
        """See `Evaluator`."""
        return self.others[name].values(operands)

    def reads_modes(self, name: str) -> bool:
        """See `Evaluator`."""
        return bool(self.others[name].levels)

    def field(self, operands: Float[Array, " size"]) -> Float[Array, " n"]:
        """See `Evaluator`."""
        return self.assemble(self.terms.values(operands))

    def linearized(
        self, operands: Float[Array, " size"]
    ) -> tuple[Float[Array, " n"], Float[Array, "n n"], Float[Array, " n"]]:
        """See `Evaluator`."""
        terms, entries = self.terms.linearized(operands)
        n = self.assemble.size
        return self.assemble(terms), *split_slopes(self.assemble_slopes(entries), n)


def make_grouped(sections: Sections, layout: Layout) -> GroupedEvaluator:
    """Group the laws of a network by shape."""
    program, columns = group(sections.field.terms, layout, slopes=True)
    return GroupedEvaluator(
        numbers=layout.numbers,  # pyright: ignore[reportArgumentType]
        terms=program,
        assemble=assemble(sections.field, layout.n),
        assemble_slopes=assemble_slopes(sections.field, columns, layout.n),
        others={
            name: group(getattr(sections, name), layout, with_modes=name not in ("relations", "initial"))[0]
            for name in SECTIONS
        },
    )
