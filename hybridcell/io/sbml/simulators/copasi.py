"""A file in COPASI, through basico."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from hybridcell.io.sbml.simulators.comparison import Run


@contextmanager
def open_copasi(xml: str) -> Iterator[Run]:
    """Give a way to simulate a file; species are amounts."""
    with warnings.catch_warnings():
        # in a notebook without ipywidgets, of progress bars that nobody asked for
        warnings.simplefilter("ignore")
        import basico  # pyright: ignore[reportMissingImports]

    loaded: Any = basico.load_model_from_string(xml)
    if loaded is None:
        raise RuntimeError("the file cannot be imported")
    try:
        model = loaded.getModel()
        objects = _objects(model)

        def run(
            changes: Mapping[str, float], ids: Sequence[str], times: np.ndarray, rtol: float, atol: float
        ) -> np.ndarray:
            for id, value in changes.items():
                name = objects[id][0].getObjectName()
                basico.set_parameters(name=name, exact=True, initial_value=value, model=loaded)
            selected = [objects[id][0].getValueReference().getCN().getString() for id in ids]
            frame: Any = basico.run_time_course_with_output(
                output_selection=selected,
                model=loaded,
                values=[float(t) for t in times],
                start_time=float(times[0]),
                duration=float(times[-1] - times[0]),
                method="deterministic",
                r_tol=rtol,
                a_tol=atol,
                max_steps=1_000_000,
                update_model=False,
            )
            table = np.asarray(frame, dtype=float)
            if table.shape[0] != len(times):
                raise RuntimeError("the simulation ended early")
            return table[:, -len(selected) :] * np.array([objects[id][1] for id in ids])

        yield run
    finally:
        basico.remove_datamodel(loaded)


def _objects(model: Any) -> dict[str, tuple[Any, float]]:
    """Return COPASI's object of each SBML id, and the factor from its value to the file's unit."""
    per_amount = 1.0 / model.getQuantity2NumberFactor()
    kinds = (
        (model.getNumCompartments(), model.getCompartment, 1.0),
        (model.getNumModelValues(), model.getModelValue, 1.0),
        (model.getNumMetabs(), model.getMetabolite, per_amount),
    )
    return {
        get(i).getSBMLId(): (get(i), scale) for n, get, scale in kinds for i in range(n) if get(i).getSBMLId()
    }
