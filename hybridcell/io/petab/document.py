"""The YAML file of a PEtab problem: what is in it, and where the files are that it names."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Any

from hybridcell.io.petab.errors import PetabError, known_hint
from hybridcell.io.petab.yaml_file import read_yaml

#: Kinds of tables, as a statement names them, and their keys in the YAML file.
KINDS = {
    "parameters": "parameter_files", "conditions": "condition_files", "experiments": "experiment_files",
    "observables": "observable_files", "measurements": "measurement_files", "mapping": "mapping_files",
}  # fmt: skip
#: Names of the section of neural networks.
SCIML = ("sciml", "petab_sciml")
_VERSIONS = {"1": 1, "1.0": 1, "1.0.0": 1, "2": 2, "2.0": 2, "2.0.0": 2}


@dataclass(frozen=True, kw_only=True)
class Document:
    """A YAML file, checked.

    Attributes
    ----------
    version : {1, 2}
    file : Path
    model : str
        Path of the SBML file, relative to the folder of the YAML file.
    model_id : str
        The name that version 2 gives the model.
    tables : mapping of str to tuple of str
        Kind of table -> relative paths.
    sciml : mapping or None
        The section of the PEtab-SciML extension.
    content : mapping
        All of it.
    """

    version: int
    file: Path
    model: str
    model_id: str = ""
    tables: Mapping[str, tuple[str, ...]]
    sciml: Mapping[str, Any] | None = None
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.file.parent


def read_document(path: Path) -> Document:
    """Read and check the YAML file of a problem."""
    found = read_yaml(path, what="a problem", keys="a PEtab YAML file")
    content = {str(key): value for key, value in found.items()}
    name = path.name
    if "format_version" not in content:
        raise PetabError(name, 0, "format_version", "the key is missing", "Wanted 1 or 2.0.0.")
    version = _VERSIONS.get(str(content["format_version"]))
    if version is None:
        reason = f"the version {content['format_version']!r} is not known"
        raise PetabError(name, 0, "format_version", reason, "Wanted 1 or 2.0.0.")
    return _version_1(path, content) if version == 1 else _version_2(path, content)


def _version_1(path: Path, content: dict[str, Any]) -> Document:
    name = path.name
    problems = content.get("problems")
    if not isinstance(problems, list) or len(problems) != 1 or not isinstance(problems[0], dict):
        count = len(problems) if isinstance(problems, list) else "no"
        reason = f"{count} problems, and only files with exactly one are read"
        raise PetabError(name, 0, "problems", reason, "Write each into a file of its own.")
    problem = problems[0]
    parameters = content.get("parameter_file", content.get("parameter_files"))
    tables = {"parameters": _paths(name, "parameter_file", parameters, needed=True)}
    for kind in ("conditions", "observables", "measurements"):
        # without a table of conditions, the model is measured as it is
        needed = kind != "conditions"
        tables[kind] = _paths(name, KINDS[kind], problem.get(KINDS[kind]), needed=needed)
    models = _paths(name, "sbml_files", problem.get("sbml_files"), needed=True)
    if len(models) != 1:
        raise PetabError(name, 0, "sbml_files", f"{len(models)} models, and only one is read")
    # the standard has extensions from version 2 on; what somebody writes here anyway may say that it counts
    _check_extensions(name, content.get("extensions"), known=(), presumed=False)
    return Document(version=1, file=path, model=models[0], tables=tables, content=content)


def _version_2(path: Path, content: dict[str, Any]) -> Document:
    name = path.name
    if "problems" in content:
        reason = "'problems' belongs to version 1, and the file says version 2"
        raise PetabError(name, 0, "problems", reason, "Correct format_version.")
    models = content.get("model_files")
    if not isinstance(models, dict) or len(models) != 1:
        count = len(models) if isinstance(models, dict) else "no"
        reason = f"{count} models, and only problems with exactly one are read"
        raise PetabError(name, 0, "model_files", reason)
    ((model_id, model),) = models.items()
    if not isinstance(model, dict) or "location" not in model:
        raise PetabError(name, 0, "model_files", f"the model {model_id!r} has no location")
    if str(model.get("language", "sbml")).lower() != "sbml":
        reason = f"the model is in {model['language']!r}, and only SBML is read"
        raise PetabError(name, 0, "model_files", reason)
    location = _paths(name, "model_files", model["location"], needed=True)[0]
    tables = {
        kind: _paths(
            name, key, content.get(key), needed=kind in ("parameters", "observables", "measurements")
        )
        for kind, key in KINDS.items()
    }
    return Document(
        version=2,
        file=path,
        model=location,
        model_id=str(model_id),
        tables=tables,
        sciml=_sciml(name, content.get("extensions")),
        content=content,
    )


def _sciml(name: str, extensions: Any) -> Mapping[str, Any] | None:
    _check_extensions(name, extensions, known=SCIML, presumed=True)
    found = [extension for extension in SCIML if (extensions or {}).get(extension) is not None]
    if not found:
        return None
    section = extensions[found[0]]
    if isinstance(section, dict):
        return section
    raise PetabError(name, 0, "extensions", f"the section {found[0]!r} holds no keys")


def _check_extensions(name: str, extensions: Any, *, known: Sequence[str], presumed: bool) -> None:
    """Refuse extensions without which the numbers are wrong; `presumed`: where they do not say, they are."""
    if not extensions:
        return
    if not isinstance(extensions, dict):
        raise PetabError(name, 0, "extensions", "the section holds no keys")
    for extension, section in extensions.items():
        required = section.get("required", presumed) if isinstance(section, dict) else presumed
        if extension not in known and extension in SCIML:
            reason = f"{extension!r} belongs to version 2, and the file says version 1"
            raise PetabError(name, 0, "extensions", reason, "Write the problem in version 2.")
        if extension not in known and required:
            reason = f"the extension {extension!r} is not known"
            raise PetabError(name, 0, "extensions", reason, known_hint(str(extension), ["sciml"]))


def _paths(name: str, key: str, value: Any, *, needed: bool = False) -> tuple[str, ...]:
    values = [] if value is None else value if isinstance(value, list) else [value]
    if needed and not values:
        raise PetabError(name, 0, key, "no file is named")
    return tuple(inside(name, key, entry) for entry in values)


def inside(name: str, key: str, value: Any) -> str:
    """Return a path of the YAML file in its shortest form, if it stays in the folder of the problem."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise PetabError(name, 0, key, f"{value!r} is not the path of a file")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", value):
        hint = "Download the file and name the copy."
        raise PetabError(name, 0, key, f"{value!r} is an address, and nothing is downloaded", hint)
    path = posixpath.normpath(value.strip())
    if path.startswith(("/", "../")) or path == ".." or PureWindowsPath(value).anchor:
        hint = "Put the file into the folder of the YAML file, or below it."
        raise PetabError(name, 0, key, f"{value!r} is outside of the folder of the problem", hint)
    return path


def existing(document: Document, path: str, key: str) -> Path:
    """Return the whole path of a file that exists."""
    found = document.folder / path
    if not os.path.isfile(found):
        here = sorted(p.name for p in found.parent.iterdir()) if os.path.isdir(found.parent) else []
        hint = known_hint(found.name, here) if here else ""
        raise PetabError(document.file.name, 0, key, f"the file {path!r} does not exist", hint)
    return found
