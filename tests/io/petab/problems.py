"""Small PEtab problems for tests, and where the published ones are."""
# ruff: noqa: E501  (tables have long lines)

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hybridcell._core.expressions.expression import walk
from hybridcell.io.petab.merge import same_measurements, same_parameter

DATA = Path(os.environ.get("HYBRIDCELL_DATA", "/nonexistent"))
SUITE, BENCHMARK = DATA / "petab-test-suite", DATA / "petab-benchmark"
needs_suite = pytest.mark.skipif(not SUITE.is_dir(), reason="$HYBRIDCELL_DATA/petab-test-suite is not there")


def suite(version):
    files = sorted(SUITE.glob(f"v{version}.0.0/sbml/*/_*.yaml"))
    return [file for file in files if "solution" not in file.name]


def benchmarks():
    return sorted(BENCHMARK.glob("*/*.yaml"))


def published():
    """Return one pytest parameter a published problem; a skipped one if there are none."""
    files = [*suite(1), *suite(2), *benchmarks()]
    if not files:
        return [
            pytest.param(None, marks=pytest.mark.skip(reason="set HYBRIDCELL_DATA to a folder that has them"))
        ]
    return [pytest.param(f, id=f"{'v1' if 'v1.0.0' in f.parts else ''}{f.stem}") for f in files]


MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">
<listOfCompartments><compartment id="c" spatialDimensions="3" size="1" constant="false"/></listOfCompartments>
<listOfSpecies>
<species id="A" compartment="c" initialConcentration="1" hasOnlySubstanceUnits="false"
 boundaryCondition="false" constant="false"/>
<species id="B" compartment="c" initialConcentration="0" hasOnlySubstanceUnits="false"
 boundaryCondition="false" constant="false"/></listOfSpecies>
<listOfParameters><parameter id="k1" value="0.8" constant="true"/><parameter id="k2" value="0.6" constant="true"/>
<parameter id="D" value="1" constant="false"/><parameter id="q" value="1" constant="true"/></listOfParameters>
<listOfInitialAssignments><initialAssignment symbol="q"><math xmlns="http://www.w3.org/1998/Math/MathML"><cn>3</cn>
</math></initialAssignment></listOfInitialAssignments>
<listOfRules><rateRule variable="D"><math xmlns="http://www.w3.org/1998/Math/MathML"><cn>1</cn></math></rateRule>
</listOfRules></model></sbml>
"""
IDS = ("c", "A", "B", "k1", "k2", "D", "q")
VERSION_1 = {
    "problem.yaml": """format_version: 1
parameter_file: parameters.tsv
problems:
- condition_files: [conditions.tsv]
  measurement_files: [measurements.tsv]
  observable_files: [observables.tsv]
  sbml_files: [model.xml]
""",
    "model.xml": MODEL,
    "parameters.tsv": """parameterId parameterScale lowerBound upperBound nominalValue estimate
k1 log10 1e-3 1e3 0.8 1
scale lin 0 10 2 1
sigma lin 0 10 0.5 0
""",
    "conditions.tsv": """conditionId k2 B c D
before 0.3 0 1 1
after 0.5 NaN NaN _
""",
    "observables.tsv": """observableId observableFormula noiseFormula observableTransformation noiseDistribution
obs observableParameter1_obs*A+observableParameter2_obs noiseParameter1_obs lin normal
other B 0.5 log10 laplace
""",
    "measurements.tsv": (
        "observableId preequilibrationConditionId simulationConditionId time measurement observableParameters "
        "noiseParameters datasetId\n"
        "obs _ after 0 0.7 scale;1 sigma one\n"
        "obs before after 10 0.1 2;scale 0.3 two\n"
        "other before after inf 0.4 _ _ three\n"
    ),
}
VERSION_2 = {
    "problem.yaml": """format_version: 2.0.0
model_files: {m: {language: sbml, location: model.xml}}
parameter_files: [parameters.tsv]
condition_files: [conditions.tsv]
experiment_files: [experiments.tsv]
observable_files: [observables.tsv]
measurement_files: [measurements.tsv]
mapping_files: [mapping.tsv]
""",
    "model.xml": MODEL,
    "parameters.tsv": """parameterId lowerBound upperBound nominalValue estimate priorDistribution priorParameters
k1 1e-3 1e3 0.8 true log-normal 0;1
scale 0 10 _ True _ _
sigma _ _ 0.5 false _ _
""",
    "conditions.tsv": """conditionId targetId targetValue
c0 k2 0.3
c0 B scale+1
c1 A A+5
c2 offset 2
""",
    "experiments.tsv": """experimentId time conditionId
e 10 c1
e 10 c2
e -inf c0
e 0 _
""",
    "observables.tsv": (
        "observableId observableFormula noiseFormula noiseDistribution observablePlaceholders noisePlaceholders\n"
        "obs s*A+offset obs*n log-normal s n\n"
        "other B 0.5 _ _ _\n"
    ),
    "measurements.tsv": """observableId experimentId time measurement observableParameters noiseParameters modelId
obs e 1 0.7 scale sigma m
other _ 10 0.1 _ _ _
""",
    "mapping.tsv": """petabEntityId modelEntityId
alias k2
""",
}


def problem(folder, version, **changed):
    """Write the small problem of a version with some files changed; return the YAML file.

    Blanks of the texts become tabs, and "_" an empty cell; `changed` has names of files without a suffix ->
    the text, (old, new), or None for no such file.
    """
    for name, text in (VERSION_1 if version == 1 else VERSION_2).items():
        change = changed.get(name.partition(".")[0], ())
        if change is None:
            continue
        if isinstance(change, tuple) and change:
            assert change[0] in text
            text = text.replace(*change)
        elif change:
            text = change
        if name.endswith(".tsv"):
            lines = [line.split(" ") for line in text.splitlines()]
            text = "".join("\t".join("" if c == "_" else c for c in cells) + "\n" for cells in lines)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "problem.yaml"


def differences(a, b):
    """Return which fields of two statements differ, tables and files aside."""
    found = []
    if len(a.parameters) != len(b.parameters) or not all(map(same_parameter, a.parameters, b.parameters)):
        found.append("parameters")
    for name in ("version", "experiments", "observables", "parts"):
        if getattr(a, name) != getattr(b, name):
            found.append(name)
    if not same_measurements(a.measurements, b.measurements):
        found.append("measurements")
    return found


_NUMPY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power, "ln": np.log,
    "neg": np.negative, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "min": np.minimum, "max": np.maximum, "lt": np.less,
    "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
    "and": np.logical_and, "or": np.logical_or, "not": np.logical_not,
    "if": lambda condition, then, otherwise: then if condition else otherwise,
}  # fmt: skip


def evaluated(expression, **values):
    """Return the value of an expression."""
    found = {}
    with np.errstate(all="ignore"):
        for node in walk([expression]):
            args = [found[arg] for arg in node.args]
            if node.op == "number":
                found[node] = np.float64(node.value)
            elif node.op == "symbol":
                found[node] = np.float64(values[node.value])
            else:
                function = _NUMPY.get(node.op) or getattr(np, node.op)
                found[node] = np.float64(function(*args))
    return float(found[expression])
