"""Find the data that travels with the package: `networks/` (folders) and `training/` (TOML files).

In a wheel both lie under `hybridcell/_shipped/`; in a checkout they lie beside the package. This is
the only place that knows.
"""

from __future__ import annotations

from pathlib import Path

from hybridcell._core.errors import HybridCellError, check_choice, unknown_name

# What an entry of each folder is called in messages.
_KINDS = {"networks": "network", "training": "recipe"}


def shipped_folder(kind: str) -> Path:
    """Return the folder of all shipped networks or recipes.

    Parameters
    ----------
    kind
        "networks" or "training".

    Raises
    ------
    HybridCellError
        When the installation lacks the folder.
    """
    check_choice("kind", kind, _KINDS)
    package = Path(__file__).resolve().parents[1]
    candidates = (package / "_shipped" / kind, package.parent / kind)
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise HybridCellError(
        f"The folder {kind!r} that ships with hybridcell is missing; looked in "
        f"{' and '.join(map(str, candidates))}. Install hybridcell again, or work in a full checkout."
    )


def shipped_names(kind: str) -> tuple[str, ...]:
    """Return the names of all entries of one kind, sorted."""
    folder = shipped_folder(kind)
    if kind == "networks":
        return tuple(sorted(p.parent.name for p in folder.glob("*/network.toml")))
    return tuple(sorted(p.stem for p in folder.glob("*.toml")))


def shipped_path(kind: str, name: str) -> Path:
    """Return the folder of a network or the TOML file of a recipe.

    Raises
    ------
    UnknownNameError
        When there is no such entry; the nearest name is suggested.
    """
    names = shipped_names(kind)
    if name not in names:
        raise unknown_name(_KINDS[kind], name, names)
    folder = shipped_folder(kind)
    return folder / name if kind == "networks" else folder / f"{name}.toml"
