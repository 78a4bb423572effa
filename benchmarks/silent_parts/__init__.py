"""Parts of the benchmark of silent wrongness."""
