"""`hybridcell networks`: the networks that ship."""

from __future__ import annotations

from typing import Annotated

import typer


def networks(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Show this one.")] = None,
) -> None:
    """List the networks that ship with hybridcell, or show one."""
    typer.echo(listing() if name is None else show(name))


def listing() -> str:
    """Return a line for each network: its name, what kind it is, and its title."""
    import hybridcell as hc
    from hybridcell.data.networks import ReactionEntry

    entries = [hc.networks.load(name) for name in hc.networks.available()]
    width = max(len(entry.name) for entry in entries)
    kinds = ["reactions" if isinstance(entry, ReactionEntry) else "interactions" for entry in entries]
    return "\n".join(
        f"{entry.name:<{width}}  {kind:<12}  {entry.about.get('title', '')}"
        for kind, entry in sorted(zip(kinds, entries), key=lambda row: (row[0], row[1].name))
    )


def show(name: str) -> str:
    """Return the facts of one network, where its files are, and how to load it.

    Raises
    ------
    UnknownNameError
        When no such network ships; the nearest name is suggested.
    """
    import hybridcell as hc
    from hybridcell._core.shipped import shipped_path
    from hybridcell.cli.info import network_facts

    facts = network_facts(hc.networks.load(name))
    return f"{facts}\n  folder  {shipped_path('networks', name)}\n  load    hc.networks.load({name!r})"
