"""How Sphinx builds these pages; `make docs` does it, with warnings as errors and without a network."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

# Documentation needs no compiled programs and no data: nothing here may reach for either.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import hybridcell

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

project = "hybridcell"
author = "The hybridcell maintainers"
project_copyright = "The hybridcell maintainers, Apache-2.0"
version = release = hybridcell.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_design",
    "formulas",
]
html_math_renderer = "mathml"
myst_update_mathjax = False
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
templates_path: list[str] = []

# Notebooks come with their outputs, from `make notebooks`.
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type"]

default_role = "code"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # shapes are in the text of each docstring
autodoc_class_signature = "mixed"
napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "sphinx_book_theme"
html_title = "hybridcell"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_theme_options: dict[str, Any] = {
    "show_toc_level": 2,
    "use_download_button": True,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # the field in the sidebar is enough
}


def copy_notebooks(_app: Any) -> None:
    """Copy the notebooks beside the page that lists them: Sphinx reads files under its own folder only."""
    folder = HERE / "tutorials"
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        target = folder / path.name
        if not target.exists() or target.read_bytes() != path.read_bytes():
            shutil.copyfile(path, target)


def keep_bars(_app: Any, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Escape the bars of |x|: docstrings mean sizes by them, Sphinx would look for substitutions."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = re.split(r"(``[^`]*``|`[^`]*`)", line)
            lines[i] = "".join(p if p.startswith("`") else re.sub(r"(?<!\\)\|", r"\\|", p) for p in parts)


def setup(app: Any) -> dict[str, bool]:
    """Register what happens before the build."""
    app.connect("autodoc-process-docstring", keep_bars)
    copy_notebooks(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
