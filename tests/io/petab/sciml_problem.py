"""A problem of one neural network, parts of which tests change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hybridcell.io.petab.arrays_hdf5 import write_arrays
from hybridcell.io.petab.network_use import NetworkUse
from hybridcell.io.petab.network_yaml import write_network_yaml
from hybridcell.io.petab.sciml import read_networks
from hybridcell.neural.traced import TracedNetwork


def network_of(id: str = "net1", inputs: int = 1) -> TracedNetwork:
    """Return one linear layer over two numbers, in one or two input arguments."""
    names = [f"x{i}" for i in range(inputs)]
    join = [{"name": "cat", "op": "call_function", "target": "cat", "args": [names], "kwargs": {"dim": 0}}]
    return TracedNetwork(
        {
            "nn_model_id": id,
            "inputs": [{"input_id": name} for name in names],
            "layers": [
                {"layer_id": "l1", "layer_type": "Linear", "args": {"in_features": 2, "out_features": 3}},
                {"layer_id": "l2", "layer_type": "Linear", "args": {"in_features": 3, "out_features": 2}},
            ],
            "forward": [
                *({"name": name, "op": "placeholder", "target": name} for name in names),
                *(join if inputs > 1 else []),
                {
                    "name": "h",
                    "op": "call_module",
                    "target": "l1",
                    "args": ["cat" if inputs > 1 else names[0]],
                },
                {"name": "a", "op": "call_method", "target": "tanh", "args": ["h"]},
                {"name": "y", "op": "call_module", "target": "l2", "args": ["a"]},
                {"name": "output", "op": "output", "target": "output", "args": ["y"]},
            ],
        }
    )


def arrays_of(network: TracedNetwork) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape) for name, shape in network.array_shapes.items()}


class Problem:
    """A problem of one network, parts of which tests change."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.section: dict[str, Any] = {
            "version": "0.1.0",
            "neural_networks": {"net1": {"location": "net1.yaml", "format": "YAML"}},
            "array_files": ["ps.hdf5"],
        }
        self.mapping = [
            ("in1", "net1.inputs[0][0]"),
            ("in2", "net1.inputs[0][1]"),
            ("out1", "net1.outputs[0][0]"),
            ("out2", "net1.outputs[0][1]"),
            ("ps", "net1.parameters"),
        ]
        self.hybridization = [("in1", "prey + 1"), ("in2", "k"), ("gamma", "out1 * 2")]
        self.parameters: list[dict[str, str]] = [
            {"parameterId": "ps", "nominalValue": "array", "estimate": "true"}
        ]
        self.network = network_of()
        self.arrays = arrays_of(self.network)
        write_network_yaml(self.network, folder / "net1.yaml")
        write_arrays(folder / "ps.hdf5", parameters={"net1": self.arrays})

    def read(self, config: Any = None) -> tuple[NetworkUse, ...]:
        tables = {
            "mapping": pd.DataFrame(self.mapping, columns=["petabEntityId", "modelEntityId"]),
            "hybridization": pd.DataFrame(self.hybridization, columns=["targetId", "targetValue"]),
        }
        section = {"extensions": {"sciml": self.section}} if config is None else config
        return read_networks(section, self.folder, tables, pd.DataFrame(self.parameters))
