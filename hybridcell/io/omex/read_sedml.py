"""The simulation experiments that a SED-ML file states."""

from __future__ import annotations

import math
import posixpath
import warnings
from collections.abc import Collection
from xml.etree.ElementTree import Element

from hybridcell._core.errors import FileFormatError, SBMLWarning
from hybridcell.io.omex.experiment import Experiment
from hybridcell.io.omex.targets import id_of_target
from hybridcell.io.omex.xml import parse_xml
from hybridcell.mechanisms.reactions.elements import Definition


def read_experiments(
    content: bytes, name: str, definition: Definition, other_models: Collection[str] = ()
) -> tuple[Experiment, ...]:
    """Return the tasks of a SED-ML file that are simulations of the model over time or to rest.

    What else it states (repeated tasks, changes that are no numbers, plots) is left aside with a warning, and
    so are tasks whose output begins later than the simulation, or whose model is another one.

    Parameters
    ----------
    content : bytes
    name : str
        Of the file in the archive.
    definition : Definition
        Of the model.
    other_models : collection of str
        Names of the archive's other models.
    """
    root = parse_xml(content, name)
    models = {one.get("id", ""): one for one in _inside(root, "listOfModels")}
    simulations = {one.get("id", ""): one for one in _inside(root, "listOfSimulations")}
    found = []
    for task in _inside(root, "listOfTasks"):
        kind = _tag(task)
        simulation = simulations.get(task.get("simulationReference", ""))
        if kind != "task" or simulation is None or task.get("modelReference") not in models:
            _left_aside(name, f"the {kind} {task.get('id')!r}")
            continue
        chain = _chain(task.get("modelReference", ""), models)
        if _file(chain[-1], name) in other_models:
            _left_aside(name, f"the task {task.get('id')!r} of another model, {chain[-1].get('source')!r},")
            continue
        found.append(_experiment(task, simulation, _changes(chain, definition, name), name))
    return tuple(one for one in found if one is not None)


def _experiment(
    task: Element, simulation: Element, changes: dict[str, float], name: str
) -> Experiment | None:
    title = task.get("name") or task.get("id") or "experiment"
    if _tag(simulation) == "steadyState":
        return Experiment(title, changes)
    if _tag(simulation) != "uniformTimeCourse":
        _left_aside(name, f"the {_tag(simulation)} {simulation.get('id')!r}")
        return None
    steps = simulation.get("numberOfSteps") or simulation.get("numberOfPoints") or ""
    try:
        start = float(simulation.get("outputStartTime", "0"))
        end = float(simulation.get("outputEndTime", ""))
        n_points = int(steps) + 1
        begin = float(simulation.get("initialTime", start))
        if not (math.isfinite(begin) and begin <= start < end < math.inf and n_points > 1):
            raise ValueError
        if begin < start:
            of = f"begins at {begin:g} and is shown from {start:g} on,"
            _left_aside(name, f"the time course {simulation.get('id')!r}, which {of}")
            return None
        return Experiment(title, changes, start=start, end=end, n_points=n_points)
    except ValueError:
        raise FileFormatError(
            f"{name!r} in the archive: the time course {simulation.get('id')!r} lacks a number, or has one "
            "that makes no sense; wanted outputStartTime, a later outputEndTime and numberOfSteps, 1 or more."
        ) from None


def _chain(model: str, models: dict[str, Element]) -> list[Element]:
    """Return a model and those that it is made from."""
    chain: list[Element] = []
    while model in models and models[model] not in chain:
        chain.append(models[model])
        source = models[model].get("source", "")
        model = source.removeprefix("#") if source.startswith("#") else ""
    return chain


def _file(model: Element, name: str) -> str:
    """Return the name of a model's file in the archive; the SED-ML file states it from its own place."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), model.get("source", "")))


def _changes(chain: list[Element], definition: Definition, name: str) -> dict[str, float]:
    """Return the changes of a model, those of the models that it is made from first."""
    found: dict[str, float] = {}
    for element in reversed(chain):
        for change in _inside(element, "listOfChanges"):
            id = id_of_target(change.get("target", ""), definition)
            try:
                value = float(change.get("newValue", ""))
            except ValueError:
                value = math.nan
            if id is None or not math.isfinite(value) or _tag(change) != "changeAttribute":
                _left_aside(name, f"the {_tag(change)} of {change.get('target')!r:.100}")
                continue
            found[id] = value
    return found


def _left_aside(name: str, what: str) -> None:
    warnings.warn(f"{name!r}: {what} is left aside.", SBMLWarning, stacklevel=2)


def _inside(element: Element, tag: str) -> list[Element]:
    return [child for one in element if _tag(one) == tag for child in one]


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]
