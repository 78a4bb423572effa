from __future__ import annotations

from hybridcell._core.shipped import shipped_folder, shipped_names
from hybridcell.recipes import readme_table


def test_the_readme_lists_every_recipe_as_generated():
    text = (shipped_folder("training") / "README.md").read_text(encoding="utf-8")
    assert text.endswith(readme_table())
    assert all(f"| `{name}` |" in text for name in shipped_names("training"))


def test_training_holds_data_only():
    assert not list(shipped_folder("training").rglob("*.py"))
