"""Modules hold parameters and state, and hand objectives to the training loop."""
