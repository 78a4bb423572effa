"""Neural networks of PEtab-SciML problems: reading, writing and mistakes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from hybridcell._core.expressions import apply, number, symbol
from hybridcell.io.petab.arrays_hdf5 import read_parameters, write_arrays
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.math import parse_math
from hybridcell.io.petab.network_use import ArrayInput, NetworkArray, NetworkUse
from hybridcell.io.petab.network_yaml import write_network_yaml
from hybridcell.io.petab.sciml import read_networks, sciml_section, write_networks
from hybridcell.io.petab.statement import Prior
from hybridcell.neural.traced import TracedNetwork
from tests.io.petab.sciml_problem import Problem, arrays_of, network_of

SUITE = Path(os.environ.get("HYBRIDCELL_DATA", "/nonexistent")) / "petab-sciml-testsuite"
needs_suite = pytest.mark.skipif(
    not SUITE.is_dir(), reason="$HYBRIDCELL_DATA/petab-sciml-testsuite is not there"
)


def _cases(kind: str) -> list[str]:
    return sorted(p.name for p in (SUITE / kind).iterdir() if p.is_dir()) if SUITE.is_dir() else []


def _read(folder: Path) -> tuple[NetworkUse, ...]:
    config = yaml.safe_load((folder / "problem.yaml").read_text())
    tables = {
        kind: pd.read_csv(folder / f"{kind}.tsv", sep="\t", dtype=str, keep_default_na=False)
        for kind in ("mapping", "parameters")
    }
    return read_networks(config, folder, tables, tables["parameters"])


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    return Problem(tmp_path)


@needs_suite
@pytest.mark.parametrize("case", _cases("sciml_problem_import"))
def test_suite_problems_are_read(case: str) -> None:
    folder = SUITE / "sciml_problem_import" / case
    uses = _read(folder / "petab")
    assert uses
    for use in uses:
        assert list(use.arrays) == list(use.network.array_shapes)
        gradient = folder / f"grad_{use.id}.hdf5"
        estimated = {name for name, array in use.arrays.items() if array.estimate}
        if gradient.is_file():
            # what is estimated is what the suite has gradients for
            found = read_parameters(gradient).get(use.id, {})
            assert estimated <= set(found)


@needs_suite
@pytest.mark.parametrize("case", _cases("initialization"))
def test_suite_nominal_values(case: str) -> None:
    folder = SUITE / "initialization" / case
    [use] = _read(folder / "petab")
    wanted = read_parameters(folder / "net1_ref.hdf5")["net1"]
    assert set(wanted) == set(use.arrays)
    for name, array in use.arrays.items():
        np.testing.assert_array_equal(array.value, wanted[name])


@needs_suite
@pytest.mark.parametrize("case", _cases("sciml_problem_import"))
def test_suite_problems_survive_writing(case: str, tmp_path: Path) -> None:
    uses = _read(SUITE / "sciml_problem_import" / case / "petab")
    plain = {
        str(e.value) for u in uses for x in u.inputs if isinstance(x, tuple) for e in x if e.op == "symbol"
    }
    for elsewhere in ((), {name for name in plain if name.startswith("net")}):
        written = write_networks(uses, tmp_path, set_elsewhere=elsewhere)
        tables = {"mapping": written.mapping}
        again = read_networks(written.section, tmp_path, tables, written.parameters)
        assert len(again) == len(uses)
        for old, new in zip(uses, again):
            _assert_same(old, new)


def _assert_same(old: NetworkUse, new: NetworkUse) -> None:
    assert new.id == old.id
    assert new.network == old.network
    assert dict(new.outputs) == dict(old.outputs)
    assert dict(new.targets) == dict(old.targets)
    assert list(new.arrays) == list(old.arrays)
    for name, array in old.arrays.items():
        np.testing.assert_array_equal(new.arrays[name].value, array.value)
        for field in ("estimate", "prior", "lower", "upper"):
            assert getattr(new.arrays[name], field) == getattr(array, field)
    for i, (first, second) in enumerate(zip(old.inputs, new.inputs, strict=True)):
        assert old.input_shape(i) == new.input_shape(i)
        if isinstance(first, ArrayInput):
            assert isinstance(second, ArrayInput)
            assert set(first.values) == set(second.values)
            for condition, array in first.values.items():
                np.testing.assert_array_equal(second.values[condition], array)
        else:
            assert second == first


def test_reading(problem: Problem) -> None:
    [use] = problem.read()
    assert use.inputs == ((apply("add", symbol("prey"), number(1.0)), symbol("k")),)
    assert use.outputs == {"out1": (0, 0), "out2": (0, 1)}
    assert use.targets == {"gamma": parse_math("out1 * 2")}
    assert use.input_shape(0) == (2,)
    assert use.output_shapes() == ((2,),)
    for name, array in use.arrays.items():
        np.testing.assert_array_equal(array.value, problem.arrays[name])
        assert (array.estimate, array.prior, array.lower, array.upper) == (True, None, -np.inf, np.inf)


@pytest.mark.parametrize("version", ["0.1.0", "2.0.0"])
@pytest.mark.parametrize("name", ["sciml", "petab_sciml"])
@pytest.mark.parametrize("format", ["YAML", "yaml"])
def test_both_names_and_versions(problem: Problem, version: str, name: str, format: str) -> None:
    problem.section |= {"version": version}
    problem.section["neural_networks"]["net1"]["format"] = format
    config = {"format_version": "2.0.0", "extensions": {name: problem.section}}
    assert len(problem.read(config)) == 1
    assert sciml_section({"format_version": "2.0.0"}) is None
    assert read_networks({}, problem.folder, {}, pd.DataFrame()) == ()


def test_inputs_without_a_row_stand_for_themselves(problem: Problem) -> None:
    problem.hybridization = [("in2", "k")]
    [use] = problem.read()
    assert use.inputs == ((symbol("in1"), symbol("k")),)


def test_the_most_specific_row_counts(problem: Problem) -> None:
    problem.mapping += [("first", "net1.parameters[l1]"), ("bias", "net1.parameters[l1].bias")]
    problem.parameters = [
        {"parameterId": "bias", "nominalValue": "0.5", "estimate": "0", "priorDistribution": ""},
        {"parameterId": "first", "nominalValue": "", "estimate": "1", "priorDistribution": "normal",
         "priorParameters": "0;2", "lowerBound": "-3", "upperBound": ""},
        {"parameterId": "ps", "nominalValue": "array", "estimate": "true", "priorDistribution": "laplace",
         "priorParameters": "0;1"},
    ]  # fmt: skip
    [use] = problem.read()
    weight, bias, rest = use.arrays["l1.weight"], use.arrays["l1.bias"], use.arrays["l2.bias"]
    np.testing.assert_array_equal(bias.value, np.full(3, 0.5))
    assert not bias.estimate
    assert bias.prior is None
    assert weight.prior == Prior(family="normal", parameters=(0.0, 2.0), truncated=True)
    assert (weight.lower, weight.upper, weight.estimate) == (-3.0, np.inf, True)
    np.testing.assert_array_equal(weight.value, problem.arrays["l1.weight"])
    assert rest.prior == Prior(family="laplace", parameters=(0.0, 1.0), truncated=True)


def test_numbers_need_no_file_and_no_row_freezes(problem: Problem) -> None:
    problem.section["array_files"] = []
    problem.parameters = [{"parameterId": "ps", "nominalValue": "0.25", "estimate": "1"}]
    assert all(np.all(a.value == 0.25) for a in problem.read()[0].arrays.values())
    problem.parameters = [{"parameterId": "other", "nominalValue": "1", "estimate": "1"}]
    problem.section["array_files"] = ["ps.hdf5"]
    assert not any(a.estimate for a in problem.read()[0].arrays.values())


def test_array_inputs_by_condition(problem: Problem) -> None:
    problem.mapping = [("whole", "net1.inputs[0]"), *problem.mapping[2:]]
    problem.section["array_files"].append("x.hdf5")
    for value in ("array", "", None):
        problem.hybridization = [("gamma", "out1")] + ([] if value is None else [("whole", value)])
        write_arrays(problem.folder / "x.hdf5", inputs={"whole": {"c1;c2": [1.0, 2.0], "c3": [3.0, 4.0]}})
        [use] = problem.read()
        [found] = use.inputs
        assert isinstance(found, ArrayInput)
        assert {k: v.tolist() for k, v in found.values.items()} == {"c1": [1, 2], "c2": [1, 2], "c3": [3, 4]}
    write_arrays(problem.folder / "x.hdf5", inputs={"whole": {"c1": [1.0, 2.0], "c2": [[3.0, 4.0]]}})
    with pytest.raises(PetabError, match=r"'inputs/whole/c2': the array has the shape \(1, 2\)"):
        problem.read()
    write_arrays(problem.folder / "x.hdf5", inputs={"whole": {"": [1.0, 2.0]}})
    [found] = problem.read()[0].inputs
    assert isinstance(found, ArrayInput)
    assert set(found.values) == {""}


def test_entries_with_several_places(problem: Problem) -> None:
    problem.mapping[:2] = [("in1", "net1.inputs[0][0, 0]"), ("in2", "net1.inputs[0][0][1]")]
    problem.mapping[2:4] = [("out1", "net1.outputs[0][0, 0]"), ("out2", "net1.outputs[0][0, 1]")]
    [use] = problem.read()
    assert use.input_shape(0) == (1, 2)
    assert use.output_shapes() == ((1, 2),)
    assert use.outputs["out2"] == (0, 0, 1)


def test_outputs_of_one_network_may_enter_another(problem: Problem) -> None:
    write_network_yaml(network_of("net2"), problem.folder / "net2.yaml")
    write_arrays(problem.folder / "ps2.hdf5", parameters={"net2": problem.arrays})
    problem.section["array_files"].append("ps2.hdf5")
    problem.section["neural_networks"]["net2"] = {"location": "net2.yaml", "format": "YAML"}
    problem.mapping += [
        ("in3", "net2.inputs[0][0]"),
        ("in4", "net2.inputs[0][1]"),
        ("o", "net2.outputs[0][1]"),
    ]
    problem.hybridization += [("in3", "out1"), ("in4", "out2"), ("delta", "o")]
    first, second = problem.read()
    assert second.inputs == ((symbol("out1"), symbol("out2")),)
    assert (list(first.targets), list(second.targets)) == (["gamma"], ["delta"])


def test_a_round_trip_of_everything(tmp_path: Path) -> None:
    network = network_of("the.net", inputs=2)
    prior = Prior(family="normal", parameters=(0.0, 2.0), truncated=True)
    arrays = {
        name: NetworkArray(
            value=value, estimate="bias" in name, prior=prior if "l1" in name else None, lower=-9.0
        )
        for name, value in arrays_of(network).items()
    }
    expression = parse_math("exp(-0.5 * time) * prey ^ 2 + 1")
    use = NetworkUse(
        id="net1",
        network=network,
        arrays=arrays,
        inputs=((expression,), ArrayInput(values={"c1": np.array([0.1]), "c2": np.array([1 / 3])})),
        outputs={"o1": (0, 0), "o2": (0, 1)},
        targets={"gamma": parse_math("o1 / (1 + o2)")},
    )
    written = write_networks([use], tmp_path, taken=["net1_input1"], static={"net1": True})
    assert all(path.is_file() for path in written.files)
    assert written.section["neural_networks"]["net1"]["pre_initialization"] is True
    assert "net1_input1" not in set(written.mapping["petabEntityId"])
    [again] = read_networks(written.section, tmp_path, {"mapping": written.mapping}, written.parameters)
    _assert_same(use, again)


def test_running_statistics_are_frozen(problem: Problem, tmp_path: Path) -> None:
    content = problem.network.description.to_mapping()
    content["layers"].append({"layer_id": "n", "layer_type": "BatchNorm1d", "args": {"num_features": 2}})
    content["forward"][-1:] = [
        {"name": "b", "op": "call_method", "target": "unsqueeze", "args": ["y", 0]},
        {"name": "n", "op": "call_module", "target": "n", "args": ["b"]},
        {"name": "s", "op": "call_method", "target": "squeeze", "args": ["n", 0]},
        {"name": "output", "op": "output", "target": "output", "args": ["s"]},
    ]
    problem.network = TracedNetwork(content)
    write_network_yaml(problem.network, problem.folder / "net1.yaml")
    arrays = arrays_of(problem.network)
    stored = {"n.running_mean": np.array([0.5, 1.0]), "n.running_var": np.array([2.0, 3.0])}
    counter = {"n.num_batches_tracked": np.array(7)}
    write_arrays(problem.folder / "ps.hdf5", parameters={"net1": arrays | stored | counter})
    [use] = problem.read()
    assert set(use.arrays) == {*arrays, *stored}
    assert {name for name, array in use.arrays.items() if not array.estimate} == set(stored)
    written = write_networks([use], tmp_path)
    again = read_networks(written.section, tmp_path, {"mapping": written.mapping}, written.parameters)
    _assert_same(use, again[0])
    write_arrays(problem.folder / "ps.hdf5", parameters={"net1": arrays | {"n.runing_mean": np.ones(2)}})
    with pytest.raises(PetabError, match=r"ps.hdf5, 'parameters/net1/n/runing_mean'.*Did you mean"):
        problem.read()


def _use(id: str, **changes: Any) -> NetworkUse:
    """Return a network of the inputs p and q, whose weights tell it from others."""
    network = network_of(id)
    arrays = {n: NetworkArray(value=a + len(id)) for n, a in arrays_of(network).items()}
    given = {"inputs": ((symbol("p"), symbol("q")),), "outputs": {f"o{id.encode().hex()}": (0, 0)}}
    return NetworkUse(**{"id": id, "network": network, "arrays": arrays, **given, **changes})


@pytest.mark.parametrize("ids", [("net-1", "net_1"), ("Net", "neT"), ("n+", "n-", "n_", "n_2")])
def test_no_two_networks_share_a_file(tmp_path: Path, ids: tuple[str, ...]) -> None:
    # names that differ only in case are one name on some disks
    uses = [_use(id) for id in ids]
    written = write_networks(uses, tmp_path, files_taken=["NET"])
    names = [path.name.lower() for path in written.files]
    assert len(set(names)) == len(names)
    assert "net.yaml" not in names
    again = read_networks(written.section, tmp_path, {"mapping": written.mapping}, written.parameters)
    for old, new in zip(uses, again, strict=True):
        _assert_same(old, new)


def test_an_id_is_mapped_once_even_if_two_networks_read_it(tmp_path: Path) -> None:
    uses = [_use("n1"), _use("n2"), _use("n3", inputs=((symbol("q"), symbol("q")),))]
    written = write_networks(uses, tmp_path, set_elsewhere={"p", "q"})
    assert written.mapping["petabEntityId"].is_unique
    assert {"p", "q"} <= set(written.mapping["petabEntityId"])
    again = read_networks(written.section, tmp_path, {"mapping": written.mapping}, written.parameters)
    assert [use.inputs for use in again] == [use.inputs for use in uses]


@pytest.mark.parametrize(
    ("prior", "lower", "words"),
    [
        (Prior(family="normal", parameters=(0.0, 1.0)), 0.0, "not cut off at the bounds"),
        (Prior(family="log-normal", parameters=(0.0, 1.0)), 0.5, "not cut off at the bounds"),
        (Prior(family="normal", parameters=(0.0, 1.0), on_scale=True), -np.inf, "on the scale"),
        (Prior(family="normal", parameters=(0.0, 1.0)), -np.inf, ""),
        (Prior(family="log-normal", parameters=(0.0, 1.0)), 0.0, ""),
    ],
)
def test_a_prior_of_weights_is_written_as_it_is_or_not_at_all(
    tmp_path: Path, prior: Prior, lower: float, words: str
) -> None:
    arrays = {
        name: NetworkArray(value=array.value, prior=prior, lower=lower)
        for name, array in _use("n").arrays.items()
    }
    use = _use("n", arrays=arrays)
    if words:
        with pytest.raises(PetabError, match=f"the prior of 'l1.weight' of network 'n' is {words}"):
            write_networks([use], tmp_path)
        assert list(tmp_path.iterdir()) == []
        return
    written = write_networks([use], tmp_path)
    [again] = read_networks(written.section, tmp_path, {"mapping": written.mapping}, written.parameters)
    found = again.arrays["l2.bias"].prior
    assert found is not None
    assert (found.family, found.parameters) == (prior.family, prior.parameters)
