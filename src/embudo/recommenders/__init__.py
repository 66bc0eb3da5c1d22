"""Recommenders: one declaration per model, asked by user, history or item."""
