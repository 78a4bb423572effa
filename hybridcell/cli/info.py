"""`hybridcell info`: what a file holds, in a few lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from hybridcell._core.errors import FileFormatError, unknown_name


def describe(what: str) -> str:
    """Return a summary of a file (.h5ad, .hc, .toml, .xml) or of something that ships, by name.

    Raises
    ------
    FileFormatError
        When the file does not exist, or is of another kind.
    UnknownNameError
        When there is no file and nothing ships under that name.
    """
    path = Path(what).expanduser()
    reader = _READERS.get(path.suffix)
    if reader is not None:
        if not os.path.isfile(path):
            raise FileFormatError(f"There is no file {what!r}.")
        return reader(path)
    if os.path.exists(path):
        raise FileFormatError(_of_no_kind(what, path))
    return _shipped(what)


def _of_no_kind(what: str, path: Path) -> str:
    """Return why nothing is said of a path, also of what ships under its name."""
    text = "is a folder" if os.path.isdir(path) else "is not of a kind known here"
    text = f"{what!r} {text}; wanted a file: {', '.join(_READERS)}."
    kinds = [kind for kind, names in _shipped_names().items() if what in names]
    if kinds:
        text += f" It hides the {' and the '.join(kinds)} of that name; ask from another folder to see them."
    return text


def lines_of(title: str, facts: Mapping[str, object]) -> str:
    """Return a title and aligned facts."""
    width = max(map(len, facts), default=0)
    return "\n".join([title, *(f"  {name:<{width}}  {value}" for name, value in facts.items())])


def _screen(path: Path) -> str:
    from hybridcell.data import load_h5ad

    return _screen_facts(path.name, load_h5ad(path))


def _screen_facts(title: str, adata: object) -> str:
    from hybridcell.data import as_perturbation_data

    data = as_perturbation_data(adata)  # pyright: ignore[reportArgumentType]
    kinds = {kind: data.kinds.count(kind) for kind in dict.fromkeys(data.kinds)}
    orders = {int(k): int((data.order == k).sum()) for k in sorted({*data.order})}
    names = {0: "control", 1: "single", 2: "pair"}
    facts: dict[str, object] = {
        "conditions": f"{len(data)} ("
        + ", ".join(f"{n} {names.get(k, f'of {k}')}" for k, n in orders.items())
        + ")",
        "readouts": f"{len(data.readouts)} (" + ", ".join(f"{n} {kind}" for kind, n in kinds.items()) + ")",
        "perturbations": f"{len(data.perturbations)}: {', '.join(data.perturbations[:12])}"
        + (", ..." if len(data.perturbations) > 12 else ""),
        "input": data.input,
        "control": data.control,
        **({} if data.scale is None else {"values": data.scale}),
        "not measured": f"{1 - data.observed.mean():.1%}",
    }
    if data.time is not None:
        # NaN is a steady state, and not equal to itself
        times = {float(t) for t in data.time if t == t}
        facts["times"] = f"{len(times)}, {min(times):g} to {max(times):g}"
    if data.context is not None:
        facts["contexts"] = len({*data.context})
    if data.replicate is not None:
        facts["replicates"] = len({*data.replicate})
    return lines_of(f"{title}: perturbation screen", facts)


def _saved(path: Path) -> str:
    from hybridcell._core.storage import load

    return f"{path.name}: {load(path)!r}"


def _toml(path: Path) -> str:
    if path.name == "network.toml":
        from hybridcell.data.networks import read_network

        return network_facts(read_network(path.parent))
    return _recipe(str(path))


def _recipe(path_or_name: str) -> str:
    from hybridcell.recipes import read_recipe

    recipe = read_recipe(path_or_name)
    facts: dict[str, object] = {"title": recipe.title}
    for name, table in recipe.tables.items():
        if name == "studies":
            facts[name] = ", ".join(study["name"] for study in table)
        elif isinstance(table, Mapping):
            facts[f"[{name}]"] = ", ".join(f"{key} = {value}" for key, value in table.items()) or "(defaults)"
    return lines_of(f"{recipe.path.name}: recipe", facts)


def network_facts(entry: object) -> str:
    """Return what a shipped network holds, as `lines_of`."""
    from hybridcell.data.networks import InteractionEntry, ReactionEntry

    if isinstance(entry, ReactionEntry):
        facts: dict[str, object] = {"title": entry.about["title"]}
        facts |= {kind: n for kind, n in entry.counts.items() if n}
        facts["readouts"] = ", ".join(entry.readouts)
        return lines_of(f"{entry.name}: reaction network", facts)
    assert isinstance(entry, InteractionEntry)
    counts = {kind: entry.kinds.count(kind) for kind in dict.fromkeys(entry.kinds)}
    facts = {
        "title": entry.about.get("title", ""),
        "nodes": f"{entry.n} (" + ", ".join(f"{n} {kind}" for kind, n in counts.items()) + ")",
        "edges": len(entry.edges),
        "prior": f"{len(entry.prior)} edges",
        "drugs": ", ".join(entry.of_kind("drug")),
    }
    return lines_of(f"{entry.name}: network with known truth", facts)


def _sbml(path: Path) -> str:
    import libsbml

    document = libsbml.readSBMLFromFile(str(path))
    errors = [document.getError(i) for i in range(document.getNumErrors())]
    severe = [e for e in errors if e.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]
    model = document.getModel()
    if severe or model is None:
        first = f"line {severe[0].getLine()}: {severe[0].getShortMessage()}" if severe else "it has no model"
        raise FileFormatError(f"{path} is not valid SBML: {first}.")
    counts = {
        "compartments": model.getNumCompartments(),
        "species": model.getNumSpecies(),
        "reactions": model.getNumReactions(),
        "parameters": model.getNumParameters(),
        "rules": model.getNumRules(),
        "events": model.getNumEvents(),
        "functions": model.getNumFunctionDefinitions(),
    }
    facts: dict[str, object] = {"model": model.getName() or model.getId() or "(no name)"}
    facts |= {name: n for name, n in counts.items() if n}
    return lines_of(f"{path.name}: SBML level {document.getLevel()} version {document.getVersion()}", facts)


def _shipped_names() -> dict[str, tuple[str, ...]]:
    from hybridcell._core.shipped import shipped_names
    from hybridcell.data import datasets, networks

    return {
        "data set": tuple(datasets.__all__),
        "network": networks.available(),
        "recipe": shipped_names("training"),
    }


def _shipped(name: str) -> str:
    from hybridcell.data import datasets, networks

    facts: dict[str, Callable[[], str]] = {
        "data set": lambda: _screen_facts(name, getattr(datasets, name)()),
        "network": lambda: network_facts(networks.load(name)),
        "recipe": lambda: _recipe(name),
    }
    shipped = _shipped_names()
    found = [facts[kind]() for kind, names in shipped.items() if name in names]
    if not found:
        known = sorted({known for names in shipped.values() for known in names})
        raise unknown_name("file, data set, network or recipe", name, known)
    return "\n\n".join(found)


_READERS: dict[str, Callable[[Path], str]] = {
    ".h5ad": _screen,
    ".hc": _saved,
    ".toml": _toml,
    ".xml": _sbml,
    ".sbml": _sbml,
}
