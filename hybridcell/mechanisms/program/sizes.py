"""How long the arrays of a system are: as needed, or rounded up so that networks share executables."""

from __future__ import annotations

from dataclasses import dataclass

from hybridcell.mechanisms.program.layout import bucket, round_up
from hybridcell.mechanisms.program.sections import Sections
from hybridcell.mechanisms.reactions.equations import Equations

#: Lengths to which x is padded: each step costs in linear algebra, each length costs an executable.
_STATES = (6, 16, 40, 80, 140, 240, 400)
#: Lengths to which the rest is padded: only memory, the work goes with what is there.
_LEAST_CONSTANTS = 32
_LEAST_EVENTS = 8
_LEAST_DELAYS = 4


@dataclass(frozen=True)
class Sizes:
    """Lengths with padding: states, constants, delays, switches, events and flat
    assignments."""

    n: int
    m: int
    k: int
    s: int
    e: int
    a: int


def exact_sizes(equations: Equations, sections: Sections) -> Sizes:
    """Return the sizes of the network itself, with one state at least."""
    return Sizes(
        n=max(equations.n, 1),
        m=len(equations.constants),
        k=len(sections.delays),
        s=len(sections.relations),
        e=len(sections.triggers),
        a=len(sections.event_values),
    )


def universal_sizes(equations: Equations, sections: Sections) -> Sizes:
    """Return sizes of which there are few."""
    exact = exact_sizes(equations, sections)
    discrete = max(exact.s, exact.e, exact.a)
    together = round_up(discrete, _LEAST_EVENTS) if discrete else 0
    n = next((size for size in _STATES if size >= exact.n), None) or bucket(exact.n)
    return Sizes(
        n=n,
        m=round_up(max(exact.m, 2 * n), _LEAST_CONSTANTS),
        k=round_up(exact.k, _LEAST_DELAYS) if exact.k else 0,
        s=together,
        e=together if exact.e else 0,
        a=together if exact.e else 0,
    )
