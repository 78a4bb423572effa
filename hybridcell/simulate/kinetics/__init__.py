"""Integration of reaction networks: compiled (JAX) and interpreted (NumPy)."""
