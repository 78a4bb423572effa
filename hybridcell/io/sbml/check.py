"""Is the SBML valid, and does another simulator get the same numbers from it?"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from xml.parsers import expat

import jax.numpy as jnp
import numpy as np

from hybridcell._core.errors import HybridCellError
from hybridcell._core.model import AbstractModel, plain_field
from hybridcell.io.sbml.read.stack import with_deep_stack

#: Times at which trajectories are compared, in units of the median 1 / alpha.
_REACH, _N_TIMES = 10.0, 21


def consistency_messages(xml: str) -> tuple[tuple[str, str], ...]:
    """Return severity and text of everything that libsbml finds, units aside.

    Raises
    ------
    HybridCellError
        If libsbml finds an error: then the export is wrong, or the file that the model came from.
    """
    found = with_deep_stack(_depth(xml), lambda: _check(xml))
    errors = [text for severity, text in found if severity in ("Error", "Fatal")]
    if errors:
        raise HybridCellError(
            f"libsbml finds {len(errors)} errors in the SBML, the first: {errors[0]:.300}. Nothing was "
            "written. Unless the file that the model was read from has the same errors, this is a fault of "
            "hybridcell: please report the model."
        )
    return found


def _check(xml: str) -> tuple[tuple[str, str], ...]:
    import libsbml

    document = libsbml.readSBMLFromString(xml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
    document.checkConsistency()
    errors = [document.getError(i) for i in range(document.getNumErrors())]
    return tuple((e.getSeverityAsString(), f"line {e.getLine()}: {e.getMessage().strip()}") for e in errors)


def _depth(xml: str) -> int:
    """Return how deeply the elements of a document are nested."""
    depth = deepest = 0

    def start(*_: object) -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(xml, True)
    return deepest


def deviation_in_roadrunner(
    xml: str, model: AbstractModel, ids: dict[str, str], inputs: dict[str, str], u: np.ndarray
) -> tuple[float | None, str]:
    """Return the largest difference between our and libRoadRunner's trajectories, and over what.

    Parameters
    ----------
    u : ndarray, shape (C, n)
        Inputs of the conditions to compare.
    """
    if find_spec("roadrunner") is None:
        return None, "libRoadRunner is not installed (pip install 'hybridcell[bench]')"
    import roadrunner

    times = np.linspace(0.0, _REACH / float(np.median(plain_field(model).relaxation)), _N_TIMES)
    try:
        runner = roadrunner.RoadRunner(xml)
        runner.integrator.relative_tolerance = 1e-10
        runner.integrator.absolute_tolerance = 1e-12
        runner.timeCourseSelections = list(ids.values())
        worst = 0.0
        for row in u:
            runner.reset(roadrunner.SelectionRecord.ALL)
            for name, sid in inputs.items():
                runner[sid] = float(row[model.index(name)])
            runner.reset()
            theirs = np.asarray(runner.simulate(0.0, float(times[-1]), len(times)))
            ours = _trajectory(model, row, times)
            if ours is None:
                return None, "our own solver gave up on a condition"
            worst = max(worst, float(np.max(np.abs(theirs - ours))))
    except RuntimeError as error:
        return None, f"libRoadRunner failed: {str(error).strip():.200}"
    return worst, f"{len(u)} conditions, {len(times)} times from 0 to {times[-1]:.3g}, all nodes"


def _trajectory(model: AbstractModel, u: np.ndarray, times: np.ndarray) -> np.ndarray | None:
    from scipy.integrate import solve_ivp

    field: Any = plain_field(model)
    x0 = np.asarray(model.initial_state(jnp.asarray(u[None])))[0]
    found = solve_ivp(
        lambda t, x: np.asarray(field(t, x[None], u[None]))[0],
        (times[0], times[-1]),
        x0,
        method="LSODA",
        t_eval=times,
        rtol=1e-10,
        atol=1e-12,
    )
    return found.y.T if found.success and np.isfinite(found.y).all() else None
