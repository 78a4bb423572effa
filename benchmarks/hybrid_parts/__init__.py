"""Parts of benchmarks/hybrid.py."""
