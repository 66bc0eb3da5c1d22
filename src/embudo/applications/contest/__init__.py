"""Several models on the same rows, by the same measures."""
