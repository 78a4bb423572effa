"""One function per program: from a file and settings to trajectories."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from sbml_parts.data import Case

#: The programs under comparison; the first two are this library.
TOOLS = ("numpy", "jax", "libRoadRunner", "COPASI")


class Refused(Exception):
    """The program says that it does not support the model."""


def simulator(tool: str) -> Callable[[Case], dict[str, np.ndarray]]:
    """Return a program's way to simulate a case."""
    if tool == "libRoadRunner":
        return _roadrunner
    if tool == "COPASI":
        return _copasi
    return lambda case: _hybridcell(case, tool)


def _hybridcell(case: Case, backend: str) -> dict[str, np.ndarray]:
    import hybridcell as hc

    solve = hc.Solve(
        rtol=min(1e-8, case.relative * 1e-3 or 1e-8),
        atol=min(1e-11, case.absolute * 1e-3 or 1e-11),
        backend=backend,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            network = hc.read_sbml(str(case.model))
            trajectory = hc.simulate(network, t0=case.times[0], t1=case.times[-1], ts=case.times, solve=solve)
        except NotImplementedError as error:
            raise Refused(str(error)) from error
    amounts = [name for name in case.variables if name not in case.concentrations]
    frame = trajectory.to_dataframe(amounts=amounts, concentrations=case.concentrations)
    return {name: np.asarray(frame[name], dtype=float) for name in case.variables}


def _roadrunner(case: Case) -> dict[str, np.ndarray]:
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    try:
        runner = roadrunner.RoadRunner(str(case.model))
    except RuntimeError as error:
        if "Unable to support" in str(error):
            raise Refused(str(error)) from error
        raise
    runner.integrator.relative_tolerance = min(1e-9, case.relative * 1e-4)
    runner.integrator.absolute_tolerance = min(1e-12, case.absolute * 1e-4)
    runner.integrator.maximum_num_steps = 200_000
    species = {*runner.model.getFloatingSpeciesIds(), *runner.model.getBoundarySpeciesIds()}
    runner.timeCourseSelections = [
        f"[{name}]" if name in species and name in case.concentrations else name for name in case.variables
    ]
    table = np.array(runner.simulate(case.times[0], case.times[-1], len(case.times)))
    return dict(zip(case.variables, table.T))


def _copasi(case: Case) -> dict[str, np.ndarray]:
    import basico
    import COPASI

    loaded = basico.load_model(str(case.model))
    if loaded is None:
        raise RuntimeError("the file cannot be imported")
    try:
        model = loaded.getModel()
        selected, scales = [], []
        for name in case.variables:
            item, reference, scale = _copasi_object(model, COPASI, name, name in case.concentrations)
            selected.append(item.getObject(COPASI.CCommonName(f"Reference={reference}")).getCN().getString())
            scales.append(scale)
        frame = basico.run_time_course_with_output(
            output_selection=selected,
            model=loaded,
            values=list(case.times),
            start_time=float(case.times[0]),
            duration=float(case.times[-1]),
            method="deterministic",
            r_tol=min(1e-9, case.relative * 1e-4),
            a_tol=min(1e-12, case.absolute * 1e-4),
            max_steps=1_000_000,
        )
        table = np.asarray(frame, dtype=float)[:, -len(selected) :] * np.array(scales)
        return dict(zip(case.variables, table.T))
    finally:
        basico.remove_datamodel(loaded)


def _copasi_object(model: Any, copasi: Any, name: str, concentration: bool) -> tuple[Any, str, float]:
    """Return COPASI's object for an id, which of its values is meant, and the factor to the file's unit."""
    for i in range(model.getNumMetabs()):
        if model.getMetabolite(i).getSBMLId() == name:
            if concentration:
                return model.getMetabolite(i), "Concentration", 1.0
            return model.getMetabolite(i), "ParticleNumber", 1.0 / model.getQuantity2NumberFactor()
    for i in range(model.getNumModelValues()):
        if model.getModelValue(i).getSBMLId() == name:
            return model.getModelValue(i), "Value", 1.0
    for i in range(model.getNumCompartments()):
        if model.getCompartment(i).getSBMLId() == name:
            return model.getCompartment(i), "Volume", 1.0
    for i in range(model.getNumReactions()):
        if model.getReaction(i).getSBMLId() == name:
            return model.getReaction(i), "Flux", 1.0
    raise Refused(f"COPASI has no object for {name!r}")
