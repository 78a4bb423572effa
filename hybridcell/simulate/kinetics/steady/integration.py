"""Integration of some conditions by either backend, for states that no iteration finds."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

from hybridcell.simulate.kinetics.steady.rates import CompiledRates, Rates
from hybridcell.simulate.kinetics.tolerance import default_atol, default_atols
from hybridcell.simulate.solve import Solve


def integrate_rows(
    rates: Rates, rows: Int[np.ndarray, " c"], ts: Float[np.ndarray, " t"], solve: Solve, t0: float
) -> tuple[Float[np.ndarray, "c t n"], Bool[np.ndarray, " c"]]:
    """Return states at `ts` and which conditions got to the end."""
    if isinstance(rates, CompiledRates):
        if solve.atol is None:
            solve = replace(solve, atol=default_atol(rates.equations, solve.rtol))
        from hybridcell.simulate.kinetics.compiled import integrate_compiled

        found = integrate_compiled(
            rates.system, rates.p[rows], t0=t0, ts=ts, solve=solve, key=jax.random.key(0)
        )
        return np.asarray(found[0])[..., : rates.n], np.asarray(found[2]) == 0
    from hybridcell.simulate.kinetics.interpreted import integrate_interpreted
    from hybridcell.simulate.kinetics.interpreted.field import lifted
    from hybridcell.simulate.kinetics.interpreted.programs import programs_of

    rng = np.random.default_rng(0)
    runs = [
        integrate_interpreted(rates.equations, rates.p[row], t0=t0, ts=ts, solve=solve, rng=rng)
        for row in rows
    ]
    x = np.stack([run.x for run in runs])
    if programs_of(rates.equations).have_edges:  # at rest, what died out is asked for its rate again
        x = lifted(x, default_atols(rates.equations, solve.rtol) if solve.atol is None else solve.atol)
    return x, np.array([run.result == "success" for run in runs])
