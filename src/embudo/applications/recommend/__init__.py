"""Recommenders from files: train, ask, evaluate; typed requests in, typed results out."""
