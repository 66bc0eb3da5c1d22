"""A deep autoencoder in numpy, one row and one column at a time, with slopes by differences."""

import math

import numpy as np

ACTIVATIONS = {
    "linear": lambda t: t,
    "sigmoid": lambda t: 1 / (1 + np.exp(-t)),
    "tanh": np.tanh,
    "relu": lambda t: np.where(t > 0, t, 0),
    "leaky": lambda t: np.where(t > 0, t, 0.2 * t),
    "elu": lambda t: np.where(t > 0, t, np.exp(t) - 1),
    "truncated": lambda t: np.vectorize(_truncated_mean)(t),
}


def _truncated_mean(t):
    """The mean of a Gaussian around t, cut off at 0."""
    density = math.exp(-t * t / 2) / math.sqrt(2 * math.pi)
    return t + density / (0.5 * math.erfc(-t / math.sqrt(2)))


def through(row, layers):
    """Return what the layers (weight, bias, activation) make of one row."""
    for weight, bias, name in layers:
        row = ACTIVATIONS[name](row @ weight + bias)
    return row


def column_loss(kind, value, field):
    """Return -log p(value | field) of a column, whose field has one entry for each unit."""
    if kind == "gaussian":
        return (value - field[0]) ** 2 / 2 + math.log(2 * math.pi) / 2
    if kind == "bernoulli":
        p = 1 / (1 + math.exp(-field[0]))
        return -value * math.log(p) - (1 - value) * math.log(1 - p)
    p = np.exp(field) / np.exp(field).sum()
    return -math.log(p[int(value)])


def loss(X, shares, columns, layers, centre):
    """Return the mean over rows, by their shares, of the loss of what is observed.

    ``columns`` are (kind, first unit, units) in the order of X, whose missing entries are NaN.
    """
    total = 0.0
    for row, share in zip(X, shares, strict=True):
        units = np.zeros(sum(n for _, _, n in columns))
        for value, (kind, first, n) in zip(row, columns, strict=True):
            if not np.isnan(value):
                state = np.eye(n)[int(value)] if kind == "softmax" else value
                units[first : first + n] = state - centre[first : first + n]
        field = through(units, layers)
        for value, (kind, first, n) in zip(row, columns, strict=True):
            if not np.isnan(value):
                total += share * column_loss(kind, value, field[first : first + n])
    return total


def slopes(function, tensors, step=1e-5):
    """Return the slopes of ``function()`` by the entries of arrays, by central differences."""
    found = []
    for tensor in tensors:
        slope = np.zeros_like(tensor)
        for place in np.ndindex(tensor.shape):
            was = tensor[place]
            tensor[place] = was + step
            above = function()
            tensor[place] = was - step
            slope[place] = (above - function()) / (2 * step)
            tensor[place] = was
        found.append(slope)
    return found
