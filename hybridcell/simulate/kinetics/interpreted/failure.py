"""Why a run stops before its end."""

from __future__ import annotations


class Failure(Exception):
    """Ends one run; its text is the run's result."""
