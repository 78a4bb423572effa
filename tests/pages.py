"""The pages of the documentation, as tests read them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def everywhere(pattern: str, text: str) -> list[Any]:
    """Return all finds, where ^ is the start of a line and a dot also its end."""
    return re.findall(pattern, text, flags=re.DOTALL | re.MULTILINE)
