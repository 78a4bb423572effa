from __future__ import annotations

import dataclasses

import numpy as np

from hybridcell._core.expressions import number
from hybridcell.io.petab import read_statement, write_statement
from hybridcell.io.petab.arrays_hdf5 import write_arrays
from hybridcell.io.petab.network_use import ArrayInput
from hybridcell.io.petab.rewrite import networks_as_read, same_network, section_of
from hybridcell.io.petab.statement import Change, Experiment, Period
from hybridcell.neural.traced import TracedNetwork
from tests.io.petab.problems import DATA, differences, problem
from tests.oracle.petab_judge import ALL

NET = """nn_model_id: net
inputs: [{input_id: input0}]
layers:
- {layer_id: layer1, layer_type: Linear, args: {in_features: 2, out_features: 1, bias: true}}
forward:
- {name: net_input, op: placeholder, target: net_input, args: [], kwargs: {}}
- {name: layer1, op: call_module, target: layer1, args: [net_input], kwargs: {}}
- {name: output, op: output, target: output, args: [layer1], kwargs: {}}
"""
SECTION = """extensions:
  sciml:
    version: 0.1.0
    required: true
    array_files: [net.hdf5]
    hybridization_files: [hybridization.tsv]
    neural_networks: {net: {location: net.yaml, pre_initialization: false, format: YAML}}
"""


def with_network(folder):
    """Write a problem in which a network of A and B gives k2."""
    path = problem(
        folder,
        2,
        problem=("format_version: 2.0.0\n", "format_version: 2.0.0\n" + SECTION),
        mapping=(
            "alias k2",
            "alias k1\nin1 net.inputs[0][0]\nin2 net.inputs[0][1]\nout net.outputs[0][0]\n"
            "net_ps net.parameters",
        ),
        parameters=("sigma _ _ 0.5", "net_ps -inf inf array true _ _\nsigma _ _ 0.5"),
        conditions=("c0 k2 0.3\n", ""),
    )
    (folder / "hybridization.tsv").write_text(
        "targetId\ttargetValue\nin1\tA\nin2\tB\nk2\tout\n", encoding="utf-8"
    )
    (folder / "net.yaml").write_text(NET, encoding="utf-8")
    weights = {"layer1.weight": np.array([[1.0, 2.0]]), "layer1.bias": np.array([0.5])}
    write_arrays(folder / "net.hdf5", parameters={"net": weights})
    return path


def halved(statement):
    def half(network):
        arrays = {
            name: dataclasses.replace(array, value=array.value / 2) for name, array in network.arrays.items()
        }
        return dataclasses.replace(network, arrays=arrays)

    return dataclasses.replace(statement, networks=tuple(map(half, statement.networks)))


def problems(tmp_path):
    """Return the small problem and those that are published, every fourth of them by default."""
    folder = tmp_path / "small"
    folder.mkdir()
    published = sorted((DATA / "petab-sciml-testsuite" / "sciml_problem_import").glob("*/petab/problem.yaml"))
    return [with_network(folder), *(published if ALL else published[::4])]


def test_the_network_is_read(tmp_path):
    found = read_statement(with_network(tmp_path))
    (net,) = found.networks
    assert net.arrays["layer1.bias"].value.tolist() == [0.5]
    assert [p.id for p in found.parameters] == ["k1", "scale", "sigma"]
    assert list(found.tables["hybridization"]["targetId"]) == ["in1", "in2", "k2"]
    assert section_of(found)["array_files"] == ["net.hdf5"]


def test_networks_are_kept(tmp_path):
    for i, path in enumerate(problems(tmp_path)):
        statement = read_statement(path)
        assert networks_as_read(statement)
        again = read_statement(write_statement(statement, tmp_path / f"{i}"))
        assert not differences(statement, again), path
        assert all(map(same_network, statement.networks, again.networks)), path


def test_changed_networks_are_written_anew(tmp_path):
    for i, path in enumerate(problems(tmp_path)):
        statement = halved(read_statement(path))
        assert not networks_as_read(statement)
        made = dataclasses.replace(statement, tables={}, origins={}, yaml={})
        for kind, given in (("read", statement), ("made", made)):
            again = read_statement(write_statement(given, tmp_path / f"{kind}{i}"))
            assert not set(differences(statement, again)) - {"parts", "experiments"}, path
            assert len(statement.networks) == len(again.networks)
            assert all(map(same_network, statement.networks, again.networks)), path


def test_arrays_of_conditions_differ(tmp_path):
    (net,) = read_statement(with_network(tmp_path)).networks
    one = dataclasses.replace(net, inputs=(ArrayInput(values={"a": np.zeros(2)}),))
    two = dataclasses.replace(net, inputs=(ArrayInput(values={"a": np.ones(2)}),))
    assert same_network(one, one)
    assert not same_network(one, two)
    assert not same_network(one, net)


def one_network(statement, **changes):
    (network,) = statement.networks
    return dataclasses.replace(statement, networks=(dataclasses.replace(network, **changes),))


def test_a_network_that_computes_something_else_is_written_anew(tmp_path):
    statement = read_statement(with_network(tmp_path))
    content = statement.networks[0].network.description.to_mapping()
    content["forward"][-1:] = [
        {"name": "bent", "op": "call_method", "target": "tanh", "args": ["layer1"]},
        {"name": "output", "op": "output", "target": "output", "args": ["bent"]},
    ]
    bent = TracedNetwork(content)
    again = read_statement(write_statement(one_network(statement, network=bent), tmp_path / "a"))
    assert again.networks[0].network == bent
    assert again.networks[0].network != statement.networks[0].network


def test_a_network_of_inputs_in_another_shape_is_written_anew(tmp_path):
    statement = read_statement(with_network(tmp_path))
    wide = one_network(statement, input_shapes=((1, 2),), outputs={"out": (0, 0, 0)})
    assert not same_network(statement.networks[0], one_network(statement, input_shapes=((1, 2),)).networks[0])
    again = read_statement(write_statement(wide, tmp_path / "a"))
    assert again.networks[0].input_shape(0) == (1, 2)


def test_networks_that_were_taken_out_do_not_come_back(tmp_path):
    statement = dataclasses.replace(read_statement(with_network(tmp_path)), networks=())
    path = write_statement(statement, tmp_path / "a")
    again = read_statement(path)
    assert again.networks == ()
    assert repr(again.parameters) == repr(statement.parameters)  # a nominal value is NaN
    assert again.parts == {"alias": "k1"}
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "conditions.tsv", "experiments.tsv", "mapping.tsv", "measurements.tsv", "model.xml",
        "observables.tsv", "parameters.tsv", "problem.yaml",
    ]  # fmt: skip


def test_conditions_may_choose_arrays_and_set_values(tmp_path):
    statement = read_statement(with_network(tmp_path))
    arrays = ArrayInput(values={"a": np.array([1.0, 2.0]), "b": np.array([3.0, 4.0])})
    k, q = (Change(target=name, value=number(2.0)) for name in ("k1", "q"))
    periods = [
        Period(time=0.0, changes=(k,), conditions=("a",)),
        Period(time=0.0, changes=(k, q), conditions=("a", "x")),
        Period(time=0.0, changes=(q,), conditions=("b",)),
        Period(time=0.0, conditions=("b",)),
    ]
    experiments = tuple(Experiment(id=f"e{i}", periods=(period,)) for i, period in enumerate(periods))
    made = dataclasses.replace(
        one_network(statement, inputs=(arrays,), input_shapes=()), experiments=experiments,
        parameters=statement.parameters[1:], tables={}, origins={}, yaml={}, parts={},
    )  # fmt: skip
    again = read_statement(write_statement(made, tmp_path / "a"))
    for old, new in zip(made.experiments, again.experiments, strict=True):
        assert new.periods[0].changes == old.periods[0].changes
        chosen = [[c for c in e.periods[0].conditions if c in arrays.values] for e in (old, new)]
        assert chosen[0] == chosen[1]
    assert same_network(again.networks[0], made.networks[0])


def test_a_network_is_all_that_is_estimated(tmp_path):
    statement = dataclasses.replace(halved(read_statement(with_network(tmp_path))), parameters=())
    made = dataclasses.replace(statement, tables={}, origins={}, yaml={}, parts={})
    again = read_statement(write_statement(made, tmp_path / "a"))
    assert again.parameters == ()
    assert same_network(again.networks[0], statement.networks[0])


def test_a_network_called_like_the_problem_has_a_file_of_its_own(tmp_path):
    statement = halved(read_statement(with_network(tmp_path)))
    made = dataclasses.replace(one_network(statement, id="problem"), tables={}, yaml={}, origins={}, parts={})
    again = read_statement(write_statement(made, tmp_path / "a"))
    assert same_network(again.networks[0], made.networks[0])


def test_a_renamed_network_leaves_no_rows_of_its_old_name(tmp_path):
    statement = one_network(read_statement(with_network(tmp_path)), id="other")
    again = read_statement(write_statement(statement, tmp_path / "a"))
    assert same_network(again.networks[0], statement.networks[0])
    assert {part.partition(".")[0] for part in again.parts.values()} == {"k1", "other"}
