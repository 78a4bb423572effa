"""The report of a run, as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from hybridcell.recipes.markdown import markdown_table
from hybridcell.recipes.result import Check
from hybridcell.recipes.state import State
from hybridcell.recipes.versions import versions


def report_markdown(state: State, checks: Sequence[Check], seconds: float) -> str:
    """Return title, description, one section per step, checks, files, and how to do it again."""
    recipe = state.recipe
    parts = [f"# {recipe.title}"]
    if description := textwrap.dedent(str(recipe.tables.get("description", ""))).strip():
        parts.append(description)
    if recipe.smoke:
        parts.append("**A smoke run: settings of a quick test. The numbers below mean nothing.**")
    parts += state.sections
    if checks:
        rows = [(c.metric, f"{c.found:.4g}", c.wanted, "yes" if c.passed else "**no**") for c in checks]
        parts.append("## Checks\n\n" + markdown_table(("number", "found", "wanted", "as expected"), rows))
    parts.append(_again(state, seconds))
    return "\n\n".join(parts) + "\n"


def _again(state: State, seconds: float) -> str:
    recipe = state.recipe
    found = versions()
    made_by = ", ".join(f"{name} {found[name]}" for name in ("hybridcell", "python", "jax", "numpy"))
    text = (
        f"## How this was made\n\n`recipe.toml` is the recipe, `run.json` holds all versions and numbers. "
        f"{seconds:.0f} s on {found['device']}; {made_by}."
    )
    if recipe.changed:
        text += f"\n\nChanged from the recipe as written: `{recipe.changed}`."
    command = (
        "hybridcell demo" if recipe.name == "demo" and not recipe.changed else "hybridcell run recipe.toml"
    )
    return text + f"\n\nAgain: `{command}`."
