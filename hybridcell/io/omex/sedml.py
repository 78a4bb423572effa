"""Simulation experiments as SED-ML Level 1 Version 4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hybridcell.io.omex.experiment import Experiment
from hybridcell.io.omex.targets import quantity_target, value_target
from hybridcell.io.sbml.dialect import Dialect
from hybridcell.io.sbml.document import as_attributes
from hybridcell.io.sbml.read import read_definition
from hybridcell.mechanisms.reactions.elements import Definition

_NAMESPACE = "http://sed-ml.org/sed-ml/level1/version4"
_TIME = "urn:sedml:symbol:time"
#: CVODE, and a search for a state at rest.
_OVER_TIME, _AT_REST = "KISAO:0000019", "KISAO:0000407"


def sedml_text(
    experiments: Sequence[Experiment], sbml: str, source: str, outputs: Sequence[str] | None = None
) -> str:
    """Return experiments as a SED-ML file.

    Parameters
    ----------
    experiments : sequence of Experiment
    sbml : str
        The model's SBML.
    source : str
        The name of its file.
    outputs : sequence of str, optional
        Ids of species that reports have; default all.
    """
    definition = read_definition(sbml)
    dialect = Dialect(version=definition.version, level=definition.level)
    language = f"urn:sedml:language:sbml.level-{definition.level}.version-{definition.version}"
    species = list(outputs) if outputs is not None else [s.id for s in definition.species]
    lists = (
        ("listOfModels", _models(experiments, definition, source, language)),
        ("listOfSimulations", (_simulation(i, one) for i, one in enumerate(experiments, start=1))),
        ("listOfTasks", (_task(i, one) for i, one in enumerate(experiments, start=1))),
        ("listOfDataGenerators", _generators(experiments, species)),
        ("listOfOutputs", (_report(i, one, species) for i, one in enumerate(experiments, start=1))),
    )
    inside = "\n".join(f"<{tag}>\n" + "\n".join(items) + f"\n</{tag}>" for tag, items in lists)
    head = f'<sedML xmlns="{_NAMESPACE}" xmlns:sbml="{dialect.namespace}" level="1" version="4">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{inside}\n</sedML>\n'


def _models(
    experiments: Sequence[Experiment], definition: Definition, source: str, language: str
) -> Iterable[str]:
    yield f"<model{as_attributes({'id': 'model', 'language': language, 'source': source})}/>"
    for i, one in enumerate(experiments, start=1):
        if not one.changes:
            continue
        head = {"id": f"model_{i}", "name": one.name, "language": language, "source": "#model"}
        changes = "".join(_change(definition, id, value) for id, value in one.changes.items())
        yield f"<model{as_attributes(head)}><listOfChanges>{changes}</listOfChanges></model>"


def _change(definition: Definition, id: str, value: float) -> str:
    values = {"target": value_target(definition, id), "newValue": float(value)}
    return f"<changeAttribute{as_attributes(values)}/>"


def _simulation(i: int, one: Experiment) -> str:
    if one.is_steady_state:
        return f'<steadyState id="simulation_{i}"><algorithm kisaoID="{_AT_REST}"/></steadyState>'
    values = {
        "id": f"simulation_{i}",
        "initialTime": float(one.start),
        "outputStartTime": float(one.start),
        "outputEndTime": one.end,
        "numberOfSteps": one.n_points - 1,
    }
    return (
        f'<uniformTimeCourse{as_attributes(values)}><algorithm kisaoID="{_OVER_TIME}"/></uniformTimeCourse>'
    )


def _task(i: int, one: Experiment) -> str:
    model = f"model_{i}" if one.changes else "model"
    values = {
        "id": f"task_{i}",
        "name": one.name,
        "modelReference": model,
        "simulationReference": f"simulation_{i}",
    }
    return f"<task{as_attributes(values)}/>"


def _generators(experiments: Sequence[Experiment], species: Sequence[str]) -> Iterable[str]:
    for i, one in enumerate(experiments, start=1):
        for id in _columns(one, species):
            name = _name(id, i)
            where = {"target": quantity_target(id)} if id else {"symbol": _TIME}
            variable = as_attributes({"id": f"v_{name}", **where, "taskReference": f"task_{i}"})
            yield (
                f'<dataGenerator id="d_{name}"><listOfVariables><variable{variable}/></listOfVariables>'
                f'<math xmlns="http://www.w3.org/1998/Math/MathML"><ci>v_{name}</ci></math></dataGenerator>'
            )


def _report(i: int, one: Experiment, species: Sequence[str]) -> str:
    sets = "".join(
        f'<dataSet id="s_{_name(id, i)}" label="{id or "time"}" dataReference="d_{_name(id, i)}"/>'
        for id in _columns(one, species)
    )
    head = as_attributes({"id": f"report_{i}", "name": one.name})
    return f"<report{head}><listOfDataSets>{sets}</listOfDataSets></report>"


def _columns(one: Experiment, species: Sequence[str]) -> list[str]:
    # "" is time: a species may be called so
    return list(species) if one.is_steady_state else ["", *species]


def _name(id: str, i: int) -> str:
    return f"{id}_{i}" if id else f"{i}"
