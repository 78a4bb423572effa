"""The one way to a `System`."""

from __future__ import annotations

from hybridcell.mechanisms.program.grouped import make_grouped
from hybridcell.mechanisms.program.layout import check_double_precision
from hybridcell.mechanisms.program.system import System
from hybridcell.mechanisms.reactions.equations import Equations


def make_system(equations: Equations, *, universal: bool) -> System:
    """Return the equations of a network as functions of arrays.

    Parameters
    ----------
    equations : Equations
    universal : bool
        True: the program is data, so that all small networks share a few executables; nothing to differentiate
        through. False: laws are grouped by shape; compiled for this network (and those of its shape), fast at any
        size, differentiable.

    Raises
    ------
    InvalidValueError
        JAX runs in single precision.
    """
    check_double_precision()
    return make_grouped(equations)
