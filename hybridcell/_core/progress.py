"""Progress bars that appear where a person is looking, and nowhere else."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from hybridcell._core.config import config


def _someone_is_looking() -> bool:
    in_notebook = "ipykernel" in sys.modules
    return in_notebook or bool(getattr(sys.stderr, "isatty", lambda: False)())


def progress_bar(*, total: int | None, description: str, show: bool | None = None, delay: float = 0.0) -> Any:
    """Return a tqdm bar, switched off unless asked for or in a terminal or notebook.

    Parameters
    ----------
    total
        Number of steps, None when not known.
    description
        What is being done, a few words.
    show
        True or False to insist; None leaves it to `hc.config.progress`, and then to where we run.
    delay
        Seconds that pass before the bar is drawn, for work that is mostly done by then.
    """
    # without widgets tqdm's bar for notebooks is a warning and no bar
    if find_spec("ipywidgets") is None:
        from tqdm import tqdm
    else:
        from tqdm.auto import tqdm
    show = config.progress if show is None else show
    show = _someone_is_looking() if show is None else show
    return tqdm(total=total, desc=description, disable=not show, leave=False, delay=delay)
