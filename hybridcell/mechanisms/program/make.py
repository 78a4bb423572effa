"""The one way to a `System`."""

from __future__ import annotations

from functools import partial

import jax

from hybridcell._core.expressions import constant, state, time
from hybridcell.mechanisms.program.description import describe, pad_sections
from hybridcell.mechanisms.program.grouped import make_grouped
from hybridcell.mechanisms.program.layout import bucket, check_double_precision, make_layout, round_up
from hybridcell.mechanisms.program.sections import make_sections
from hybridcell.mechanisms.program.sizes import exact_sizes, universal_sizes
from hybridcell.mechanisms.program.system import System
from hybridcell.mechanisms.program.universal import make_universal
from hybridcell.mechanisms.reactions.delays import delay_depth
from hybridcell.mechanisms.reactions.equations import Equations


def make_system(equations: Equations, *, universal: bool) -> System:
    """Return the equations of a network as functions of arrays.

    Parameters
    ----------
    equations : Equations
    universal : bool
        True: the program is data, so that all small networks share a few executables; nothing to
        differentiate through. False: laws are grouped by shape; compiled for this network (and those of its
        shape), fast at any size, differentiable.

    Raises
    ------
    InvalidValueError
        JAX runs in single precision.
    """
    check_double_precision()
    sections = make_sections(equations)
    sizes = universal_sizes(equations, sections) if universal else exact_sizes(equations, sections)
    padded = pad_sections(sections, sizes)
    layout = make_layout(
        padded.every_root(),
        states=[state(id) for id in equations.states],
        constants=[constant(id) for id in equations.constants],
        time=time(),
        delays=sections.delays,
        relations=sections.relations,
        sizes=(sizes.n, sizes.m, sizes.k, sizes.s),
        pad_numbers=partial(round_up, least=32) if universal else bucket,
    )
    evaluator = make_universal(padded, layout) if universal else make_grouped(padded, layout)
    system = System(
        **describe(equations, sizes),  # pyright: ignore[reportArgumentType]
        evaluator=evaluator,
        m=sizes.m,
        k=sizes.k,
        delay_depth=delay_depth(equations),
    )
    return jax.device_put(system)  # all arrays at once: one by one costs more than all the rest
