"""What two players lose to each other, in numpy and in plain words."""

import numpy as np


def log_sigmoid(t):
    return -np.logaddexp(0, -t)


def losses(name, real, made):
    """The mean losses of discriminator and generator, of scores of real and of made rows."""
    if name == "classic":
        return (
            -np.mean(log_sigmoid(real)) - np.mean(np.log(1 - 1 / (1 + np.exp(-made)))),
            -np.mean(log_sigmoid(made)),
        )
    if name == "least_squares":
        squares = np.mean((real - 1) ** 2) / 2 + np.mean(made**2) / 2
        return squares, np.mean((made - 1) ** 2) / 2
    if name == "wasserstein":
        return np.mean(made) - np.mean(real), -np.mean(made)
    ahead = real - made
    return -np.mean(log_sigmoid(ahead)), -np.mean(log_sigmoid(-ahead))


def average(values, decay):
    """A moving average of values, step by step, that looks back over a tenth of them at most."""
    found = np.zeros_like(values[0])
    for step, value in enumerate(values, start=1):
        kept = min(decay, (step - 1) / (step + 9))
        found = kept * found + (1 - kept) * value
    return found
