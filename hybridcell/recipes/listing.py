"""The shipped recipes as a table."""

from __future__ import annotations

from hybridcell._core.shipped import shipped_names
from hybridcell.recipes.recipe import read_recipe


def readme_table() -> str:
    """Return the table of all shipped recipes for `training/README.md`, as Markdown.

    Examples
    --------
    >>> from hybridcell.recipes import readme_table
    >>> "`demo`" in readme_table()
    True
    """
    rows = ["| name | what | data | steps |", "|---|---|---|---|"]
    for name in shipped_names("training"):
        recipe = read_recipe(name)
        tables = recipe.tables
        if "studies" in tables:
            steps = "studies: " + "; ".join(study["name"] for study in tables["studies"])
        else:
            about = ("title", "description", "seed", "output", "expect", "data")
            steps = ", ".join(table for table in tables if table not in about)
        rows.append(f"| `{name}` | {recipe.title} | {tables['data']['dataset']} | {steps} |")
    return "\n".join(rows) + "\n"
