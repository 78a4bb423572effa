"""Files of neural networks in the YAML layout of PEtab-SciML."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.io.petab.errors import PetabError
from hybridcell.neural.traced import TracedNetwork

#: Bytes. The largest networks that are described layer by layer take a few hundred thousand.
_LARGEST = 20_000_000


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
    content = _load(path)
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
    Path(path).write_text(text, encoding="utf-8")


def _load(path: Path) -> dict[str, Any]:
    import yaml

    if not path.is_file():
        raise PetabError(path.name, reason="there is no such file", hint="Wanted the YAML file of a network.")
    if path.stat().st_size > _LARGEST:
        raise PetabError(
            path.name, reason=f"the file has {path.stat().st_size} bytes; wanted at most {_LARGEST}"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
        # a file of a few lines can stand for endless data by naming itself again and again
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1
                reason = f"the alias *{event.anchor} is not allowed"
                raise PetabError(path.name, line, reason=reason, hint="Write out what it stands for.")
        content = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise PetabError(path.name, reason=f"the file is not UTF-8: {error}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, PetabError):
            raise
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        problem = getattr(error, "problem", None) or type(error).__name__
        raise PetabError(path.name, line, reason=f"the file is not YAML: {problem}") from None
    if not isinstance(content, dict):
        raise PetabError(
            path.name, reason="the file holds no keys", hint="Wanted nn_model_id, layers, forward."
        )
    return content
