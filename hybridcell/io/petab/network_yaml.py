"""Files of neural networks in the YAML layout of PEtab-SciML."""

from __future__ import annotations

import os
from pathlib import Path

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.files import write_text
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.yaml_file import read_yaml
from hybridcell.neural.traced import TracedNetwork


def read_network_yaml(path: str | os.PathLike[str]) -> TracedNetwork:
    """Read a network.

    Parameters
    ----------
    path
        A YAML file with ``nn_model_id``, ``inputs``, ``layers`` and ``forward``.

    Raises
    ------
    PetabError
        Naming the file, the layer or step, and what is wrong with it.
    """
    path = Path(path)
    content = read_yaml(path, what="a network", keys="nn_model_id, layers, forward")
    try:
        return TracedNetwork(content)
    except (InvalidValueError, UnknownNameError) as error:
        raise PetabError(path.name, reason=str(error)) from error


def write_network_yaml(network: TracedNetwork, path: str | os.PathLike[str]) -> None:
    """Write a network; reading the file gives the same.

    Parameters
    ----------
    network
    path
        Is overwritten.
    """
    import yaml

    text = yaml.safe_dump(network.description.to_mapping(), sort_keys=False, allow_unicode=True)
    write_text(path, text)
