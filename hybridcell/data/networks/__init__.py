"""The shipped networks (`hc.networks`): interactions with known truth, and classic reaction networks."""

from __future__ import annotations

from pathlib import Path

from hybridcell._core.shipped import shipped_names, shipped_path
from hybridcell.data.networks.files import read_about
from hybridcell.data.networks.interaction_entry import InteractionEntry, weight_matrix
from hybridcell.data.networks.interaction_files import read_interactions
from hybridcell.data.networks.reaction_entry import ReactionEntry
from hybridcell.data.networks.reaction_files import read_reactions

NetworkEntry = InteractionEntry | ReactionEntry

__all__ = [
    "InteractionEntry",
    "NetworkEntry",
    "ReactionEntry",
    "available",
    "load",
    "read_network",
    "readme_table",
    "weight_matrix",
]


def available() -> tuple[str, ...]:
    """Return the names of the shipped networks.

    Returns
    -------
    tuple of str
        Names that `load` takes, sorted.

    Examples
    --------
    >>> import hybridcell as hc
    >>> {"mapk_pi3k", "repressilator", "cell_division"} <= set(hc.networks.available())
    True
    """
    return shipped_names("networks")


def load(name: str) -> NetworkEntry:
    """Load a shipped network.

    Parameters
    ----------
    name
        One of `available()`.

    Returns
    -------
    InteractionEntry or ReactionEntry
        By the form that its `network.toml` states. A `ReactionEntry` goes where a path to SBML goes:
        ``hc.read_sbml(hc.networks.load("repressilator"))``.

    Raises
    ------
    UnknownNameError
        When there is no such network; the nearest name is suggested.
    FileFormatError
        When a file of the network breaks the format; the message names file and row.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.networks.load("mapk_pi3k").n
    39
    >>> list(hc.networks.load("repressilator").readouts)
    ['LacI', 'TetR', 'CI']
    """
    return read_network(shipped_path("networks", name))


def read_network(folder: str | Path) -> NetworkEntry:
    """Read and check the folder of a network.

    Parameters
    ----------
    folder
        With the files that `networks/README.md` describes: `network.toml` and, by the form that it states,
        tables of interactions or `model.xml`.

    Returns
    -------
    InteractionEntry or ReactionEntry

    Raises
    ------
    FileFormatError
        When a file is missing or breaks the format.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.networks.read_network(hc.networks.load("repressilator").path.parent).name
    'repressilator'
    """
    folder = Path(folder)
    about = read_about(folder)
    return (read_interactions if about["form"] == "cellbox" else read_reactions)(folder, about)


def readme_table() -> str:
    """Return the tables of all shipped networks for `networks/README.md`, as Markdown.

    Returns
    -------
    str

    Examples
    --------
    >>> import hybridcell as hc
    >>> "| `mapk_pi3k` |" in hc.networks.readme_table()
    True
    """
    entries = [load(name) for name in available()]
    interactions = [entry for entry in entries if isinstance(entry, InteractionEntry)]
    reactions = [entry for entry in entries if isinstance(entry, ReactionEntry)]
    return "\n".join(
        [
            "| interactions | what | nodes | edges | prior edges (right) | drugs |",
            "|---|---|---|---|---|---|",
            *(entry.readme_row() for entry in interactions),
            "",
            "| reactions | what | size | readouts | source |",
            "|---|---|---|---|---|",
            *(entry.readme_row() for entry in reactions),
            "",
        ]
    )
