"""How a screen is cut into the pieces that are solved, stored and resumed: members x conditions."""

from __future__ import annotations

from dataclasses import dataclass

#: Conditions of a block, and simulations of a piece: about a second of work and a megabyte of responses.
_CONDITIONS, _SIMULATIONS = 16_384, 131_072
#: Conditions of one call of the solver, of which a block is a multiple.
CALL = 2_048


@dataclass(frozen=True)
class Blocks:
    """Groups of members x blocks of conditions; the cut depends on the screen's size alone.

    Parameters
    ----------
    n_members, n_conditions
        M and K.
    n_alone
        Conditions that the others start from, the control and the drugs alone: all in the first block.
    """

    n_members: int
    n_conditions: int
    n_alone: int

    @property
    def width(self) -> int:
        """Conditions of a block."""
        return max(_CONDITIONS, -(-self.n_alone // CALL) * CALL)

    @property
    def height(self) -> int:
        """Members of a group."""
        return max(1, min(self.n_members, _SIMULATIONS // min(self.width, self.n_conditions)))

    @property
    def n_groups(self) -> int:
        """Number of groups of members."""
        return -(-self.n_members // self.height)

    @property
    def n_blocks(self) -> int:
        """Number of blocks of conditions."""
        return -(-self.n_conditions // self.width)

    @property
    def total(self) -> int:
        """Number of pieces."""
        return self.n_groups * self.n_blocks

    def members(self, group: int) -> slice:
        """Return the members of a group."""
        return slice(group * self.height, min((group + 1) * self.height, self.n_members))

    def conditions(self, block: int) -> slice:
        """Return the conditions of a block."""
        return slice(block * self.width, min((block + 1) * self.width, self.n_conditions))
