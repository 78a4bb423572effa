"""What the steps of a run share: the recipe, where to write, whom to tell, and what came out so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hybridcell.recipes.build import Builder
from hybridcell.recipes.outputs import Outputs

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.recipes.recipe import Recipe


@dataclass
class State:
    """One run of a recipe, filled in step by step.

    Attributes
    ----------
    recipe, build, out
        What to do, how to call it, where to write.
    say
        Takes a line on what is being done.
    bars
        Progress bars: True, False, or None for where someone is looking.
    tables, metrics, objects
        As in `RunResult`.
    sections
        Markdown of the report, one text per step.
    """

    recipe: Recipe
    build: Builder
    out: Outputs
    say: Callable[[str], None]
    bars: bool | None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    sections: list[str] = field(default_factory=list)
