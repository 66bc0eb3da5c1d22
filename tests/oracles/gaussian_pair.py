"""The RBM of real units on both sides: one Gaussian over both layers, in closed form.

E(x) = x M x / 2 - c x + (n / 2) log 2 pi,   x = (v, h),   M = [[I, -W], [-W', I]],   c = (a, b)
Z = det(M)^(-1/2) exp(c M^-1 c / 2)
"""

import numpy as np


def log_partition(W, a, b):
    n_visible, n_hidden = W.shape
    M = np.block([[np.eye(n_visible), -W], [-W.T, np.eye(n_hidden)]])
    c = np.append(a, b)
    sign, log_det = np.linalg.slogdet(M)
    assert sign > 0
    return c @ np.linalg.solve(M, c) / 2 - log_det / 2
