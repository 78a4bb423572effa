"""Fitted models that go on learning: new data are added, and what moved is told."""
