"""Array files, above all those that are wrong or were made to do harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from hybridcell._core.errors import InvalidValueError
from hybridcell.io.petab.arrays_hdf5 import read_array_files, read_parameters, write_arrays
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.network_yaml import read_network_yaml, write_network_yaml


@settings(max_examples=20, deadline=None)
@given(arrays(np.float64, array_shapes(max_dims=4, max_side=3), elements=st.floats(-1e300, 1e300)))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, array: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("arrays") / "a.hdf5"
    write_arrays(
        path,
        parameters={"net": {"a.b.weight": array}},
        inputs={
            "x": {
                "": array,
            }
        },
    )
    np.testing.assert_array_equal(read_parameters(path)["net"]["a.b.weight"], array)
    np.testing.assert_array_equal(read_array_files([path]).inputs["x"][""].read(), array)


def test_the_same_content_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_arrays(tmp_path / name, parameters={"net": {"l.weight": np.ones(3)}})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_columns_first(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["metadata/perm"] = "column"
        file["parameters/net/l/weight"] = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(
        read_parameters(tmp_path / "a.hdf5")["net"]["l.weight"], np.arange(6.0).reshape(2, 3).T
    )


def _external(file: Any) -> None:
    file["parameters/net/l/weight"] = h5py.ExternalLink("other.hdf5", "/secret")


def _external_group(file: Any) -> None:
    file["parameters/net"] = h5py.ExternalLink("other.hdf5", "/secret")


def _soft(file: Any) -> None:
    file["parameters/net/l/weight"] = h5py.SoftLink("/parameters")


def _virtual(file: Any) -> None:
    layout = h5py.VirtualLayout(shape=(3,), dtype="f8")
    layout[:] = h5py.VirtualSource("other.hdf5", "data", shape=(3,))
    file.create_virtual_dataset("parameters/net/l/weight", layout)


def _raw_file(file: Any) -> None:
    file.create_dataset("parameters/net/l/weight", (3,), "f8", external=[("/etc/hostname", 0, 24)])


def _text(file: Any) -> None:
    file["parameters/net/l/weight"] = np.array([b"one", b"two"])


def _deep(file: Any) -> None:
    file["parameters/net/l/weight/more"] = np.ones(2)


def _shallow(file: Any) -> None:
    file["parameters/net"] = np.ones(2)


def _nan(file: Any) -> None:
    file["parameters/net/l/weight"] = np.array([1.0, np.nan])


def _other_axes(file: Any) -> None:
    file["metadata/pytorch_format"] = np.uint8(0)


def _other_order(file: Any) -> None:
    file["metadata/perm"] = "diagonal"


def _misspelled(file: Any) -> None:
    file["parameter/net/l/weight"] = np.ones(2)


@pytest.mark.parametrize(
    ("fill", "match"),
    [
        (_external, "'parameters/net/l/weight': found a link"),
        (_external_group, "'parameters/net': found a link"),
        (_soft, "found a link"),
        (_virtual, "in another file"),
        (_raw_file, "in another file"),
        (_text, "wanted numbers"),
        (_deep, "found a group"),
        (_shallow, "found an array; wanted groups 3 deep"),
        (_nan, r"entry \[1\] is nan"),
        (_other_axes, "pytorch_format.*wanted 1"),
        (_other_order, "wanted 'row' or 'column'"),
        (_misspelled, "Did you mean 'parameters'"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, fill: Any, match: str) -> None:
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        fill(file)
    with pytest.raises(PetabError, match=f"(?s)a.hdf5.*{match}"):
        read_parameters(tmp_path / "a.hdf5")


def test_giant_shapes_are_not_believed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file.create_dataset("inputs/x/0", (10**6, 10**6), "f8", chunks=(1, 1))
        file.create_dataset("parameters/net/l/weight", (10**6, 10**6), "f8", chunks=(1, 1))
    found = read_array_files([tmp_path / "a.hdf5"])
    with pytest.raises(PetabError, match=r"'inputs/x/0'.*wanted at most"):
        found.inputs["x"][""].read()
    with pytest.raises(PetabError, match=r"'parameters/net/l/weight'.*wanted \(2,\)"):
        found.parameters["net"]["l.weight"].read((2,))


def test_arrays_that_are_there_twice(tmp_path: Path) -> None:
    for name in ("a.hdf5", "b.hdf5"):
        write_arrays(tmp_path / name, parameters={"net": {"l.weight": np.ones(2)}})
    with pytest.raises(PetabError, match=r"b.hdf5.*there twice.*in a.hdf5"):
        read_array_files([tmp_path / "a.hdf5", tmp_path / "b.hdf5"])
    write_arrays(tmp_path / "c.hdf5", inputs={"x": {"": np.ones(2), "c1": np.ones(2)}})
    with pytest.raises(PetabError, match="for all conditions and others besides"):
        read_array_files([tmp_path / "c.hdf5"])


def test_files_that_are_no_array_files(tmp_path: Path) -> None:
    (tmp_path / "a.hdf5").write_text("no")
    with pytest.raises(PetabError, match=r"a.hdf5.*not HDF5"):
        read_array_files([tmp_path / "a.hdf5"])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("a: &x [1]\nb: *x\n", r"line 2.*alias \*x"),
        ("a: [1", "not YAML"),
        ("- 1", "no keys"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
        ("nn_model_id: n\nforward: []\nlayer: []", "'layer'. Did you mean 'layers'"),
        ("nn_model_id: n\nforward: 3", "forward is 3"),
        ("[" * 3000, "not YAML"),
    ],
)
def test_networks_that_are_refused(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "net.yaml").write_text(text)
    with pytest.raises(PetabError, match=f"(?s)net.yaml.*{match}"):
        read_network_yaml(tmp_path / "net.yaml")


def test_networks_survive_files(tmp_path: Path) -> None:
    text = """
nn_model_id: n
inputs: [{input_id: x}]
layers: [{layer_id: l, layer_type: Conv2d, args: {in_channels: 1, out_channels: 2, kernel_size: [2, 3]}}]
forward:
- {name: x, op: placeholder, target: x}
- {name: l, op: call_module, target: l, args: [x]}
- {name: output, op: output, target: output, args: [l]}
"""
    (tmp_path / "net.yaml").write_text(text)
    network = read_network_yaml(tmp_path / "net.yaml")
    write_network_yaml(network, tmp_path / "again.yaml")
    assert read_network_yaml(tmp_path / "again.yaml") == network
    assert network.array_shapes == {"l.weight": (2, 1, 2, 3), "l.bias": (2,)}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_could_not_be_read_is_not_written(tmp_path: Path, bad: float) -> None:
    path = tmp_path / "a.hdf5"
    with pytest.raises(InvalidValueError, match=r"entry \[1, 0\] of array 'l.weight' of 'net' is .*finite"):
        write_arrays(path, parameters={"net": {"l.weight": [[1.0], [bad]]}})
    with pytest.raises(InvalidValueError, match=r"entry \[0\] of the array of 'x' is"):
        write_arrays(path, inputs={"x": {"": [bad]}})
    assert list(tmp_path.iterdir()) == []


def test_arrays_of_no_entries_and_of_no_axes_come_back(tmp_path: Path) -> None:
    given = {"a.empty": np.zeros((0, 3)), "a.scalar": np.array(7.5), "a.whole": np.array([1, 2])}
    write_arrays(tmp_path / "a.hdf5", parameters={"net": given})
    found = read_parameters(tmp_path / "a.hdf5")["net"]
    for name, array in given.items():
        np.testing.assert_array_equal(found[name], array)
        assert (found[name].shape, found[name].dtype) == (array.shape, np.float64)
