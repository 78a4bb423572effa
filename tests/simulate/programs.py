"""Counting what JAX compiles."""

from __future__ import annotations

import contextlib
import logging

import jax
import pytest


class _Collect(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith("Compiling "):
            self.names.append(message.split()[1])


@pytest.fixture(scope="session")
def count_programs():
    """Return a context manager that collects the names of the programs that JAX compiles inside it."""

    @contextlib.contextmanager
    def counting():
        logger, handler = logging.getLogger("jax._src.interpreters.pxla"), _Collect()
        level, propagate = logger.level, logger.propagate
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        jax.config.update("jax_log_compiles", True)
        try:
            yield handler.names
        finally:
            jax.config.update("jax_log_compiles", False)
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate

    return counting
