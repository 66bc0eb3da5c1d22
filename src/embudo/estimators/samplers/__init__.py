"""Samplers as objects: Gibbs, tempered, and with some entries clamped."""
