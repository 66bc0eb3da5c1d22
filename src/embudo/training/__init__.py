"""The one training loop, and what may be handed to it. It knows objectives, not models."""
