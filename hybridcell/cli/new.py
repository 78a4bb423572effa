"""`hybridcell new`: a study to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")],
) -> None:
    """Start a study: tables to overwrite with your own, a notebook and a recipe that read them."""
    from hybridcell.recipes import start_study

    names = ", ".join(path.name for path in start_study(folder))
    typer.echo(
        f"Written to {folder}: {names}.\nNext: open {folder / 'study.ipynb'}, or read README.md there."
    )
