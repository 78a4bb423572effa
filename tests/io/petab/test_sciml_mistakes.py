"""Mistakes in neural networks of PEtab-SciML problems: each is named with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hybridcell.io.petab.errors import PetabError
from tests.io.petab.sciml_problem import Problem


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    return Problem(tmp_path)


@pytest.mark.parametrize(
    ("id", "part", "match"),
    [
        ("x", "net2.parameters", "line 7.*no network 'net2'.*Did you mean 'net1'"),
        ("x", "net1.input[0][0]", "no 'input'.*Did you mean 'inputs'"),
        ("x", "net1.inputs[a]", "cannot be read"),
        ("x", "net1.inputs[1][0]", "none with the number 1"),
        ("x", "net1.inputs[0][1]", "in another row already"),
        ("x", "net1.inputs[0][5]", "3 entries .*makes it 6"),
        ("x", "net1.inputs[0]", "as a whole and by its entries"),
        ("x", "net1.inputs[0][0,1]", "different numbers of places"),
        ("x", "net1.outputs[0][2]", r"has the shape \(2,\)"),
        ("x", "net1.outputs[1][0]", "has 1 outputs"),
        ("x", "net1.outputs[0]", "more than one number"),
        ("x", "net1.parameters[l3]", "no layer 'l3'.*Did you mean 'l"),
        ("x", "net1.parameters[l1].wieght", "no array 'wieght'.*Did you mean 'weight'"),
        ("x", "net1.parameters.weight", "names no layer"),
        ("x", "net1.parameters[l1].weight[0]", "entries .* are not supported"),
        ("x", "net1", "names no part"),
        ("1x", "net1.outputs[0][0]", "is not an id"),
    ],
)
def test_mistakes_in_the_mapping(problem: Problem, id: str, part: str, match: str) -> None:
    problem.mapping.append((id, part))
    with pytest.raises(PetabError, match=f"(?s)mapping table.*{match}"):
        problem.read()


def test_rows_about_the_model_are_left_alone(problem: Problem) -> None:
    problem.mapping += [("k", "model.k"), ("b", "b1")]
    assert set(problem.read()[0].outputs) == {"out1", "out2"}


@pytest.mark.parametrize(
    ("target", "value", "match"),
    [
        ("delta", "prey", "reads no output"),
        ("delta", "out1 +", "Character"),
        ("gamma", "out2", "assigned already"),
    ],
)
def test_mistakes_in_the_hybridization(problem: Problem, target: str, value: str, match: str) -> None:
    problem.hybridization.append((target, value))
    with pytest.raises(PetabError, match=f"(?s)hybridization table, line 5.*{match}"):
        problem.read()


def test_a_single_entry_is_no_array(problem: Problem) -> None:
    problem.hybridization[0] = ("in1", "array")
    with pytest.raises(PetabError, match="'in1' is one entry of an input"):
        problem.read()


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ({"estimate": "perhaps"}, "neither true nor false"),
        ({"estimate": ""}, "empty"),
        ({"nominalValue": "many"}, "not a number"),
        ({"nominalValue": "inf"}, "not finite"),
        ({"lowerBound": "3", "upperBound": "1"}, "above the upper bound"),
        ({"priorDistribution": "norml", "priorParameters": "0;1"}, "norml.*normal"),
    ],
)
def test_mistakes_in_parameters(problem: Problem, row: dict[str, str], match: str) -> None:
    problem.parameters[0] |= row
    with pytest.raises(PetabError, match=f"(?s)parameter table, line 2.*{match}"):
        problem.read()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"version": "3.0.0"}, "no version '3.0.0'"),
        ({"neural_networks": {}}, "neural_networks"),
        ({"neural_networks": {"net1": {"location": "net1.yaml", "format": "lux.jl"}}}, "'lux.jl'"),
        ({"neural_networks": {"net1": {"format": "YAML"}}}, "no 'location'"),
        ({"neural_networks": {"net1": {"location": "../net1.yaml", "format": "YAML"}}}, "outside"),
        (
            {"neural_networks": {"net1": {"location": "none.yaml", "format": "YAML"}}},
            "none.yaml.*no such file",
        ),
        ({"array_files": ["../ps.hdf5"]}, "outside"),
        ({"array_files": ["none.hdf5"]}, "none.hdf5.*no such file"),
        ({"array_files": []}, "'l1.weight' of network 'net1' is missing"),
        ({"array_files": 3}, "wanted a list"),
    ],
)
def test_mistakes_in_the_section(problem: Problem, change: dict[str, Any], match: str) -> None:
    problem.section |= change
    with pytest.raises(PetabError, match=f"(?s){match}"):
        problem.read()


def test_what_does_not_fit_the_network(problem: Problem) -> None:
    problem.mapping.append(("in3", "net1.inputs[0][2]"))
    with pytest.raises(PetabError, match=r"Layer 'l1' of network 'net1'.*wanted 2 features"):
        problem.read()
    problem.mapping = [row for row in problem.mapping if "inputs" not in row[1]]
    problem.hybridization = []
    with pytest.raises(PetabError, match="input 0 of network 'net1' lacks"):
        problem.read()


def test_sizes_that_nobody_has(problem: Problem) -> None:
    text = (problem.folder / "net1.yaml").read_text().replace("out_features: 3", "out_features: 3000000000")
    (problem.folder / "net1.yaml").write_text(text)
    problem.section["array_files"] = []
    problem.parameters[0]["nominalValue"] = "0"
    with pytest.raises(PetabError, match=r"'l1.weight' of network 'net1' has the shape"):
        problem.read()
