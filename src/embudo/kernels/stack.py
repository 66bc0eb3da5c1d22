"""The variational bound of a deep belief network.

    log p(v) >= E_q[ log p(v | h1) + .. + log p(hL-1) ] + H(q)

with ``q = q(h1 | v) q(h2 | h1) ..`` and the topmost machine's ``log p(hL-1) = -F(hL-1) - log Z``:
Hinton, Osindero and Teh (2006); as an estimate, Salakhutdinov and Murray (2008), section 4.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Generator, Tensor

from embudo.kernels.energies import Machine, free_energy, hidden_field, visible_field
from embudo.kernels.units import Unit


def log_likelihood_given(
    v: Float[Tensor, "batch visible"], h: Float[Tensor, "batch hidden"], machine: Machine
) -> Float[Tensor, " batch"]:
    """Return ``log p(v | h)`` in nats."""
    return _log_density(v, visible_field(h, machine), machine.visible)


def sampled_bound(
    v: Float[Tensor, "batch visible"],
    up: Sequence[Machine],
    down: Sequence[Machine],
    generator: Generator,
) -> Float[Tensor, " batch"]:
    """Return an unbiased estimate of each row's bound, from one draw of ``q``; log Z is left out.

    The draw's ``-log q`` stands in for the entropy: where ``q`` is the posterior, every draw gives
    the likelihood itself.

    Parameters
    ----------
    v : Tensor of shape (batch, visible)
    up, down : sequences of Machine
        The stack's machines from the lowest to the topmost, as the way up and the way down has
        them; the topmost is the same in both.
    generator : torch.Generator

    Returns
    -------
    Tensor of shape (batch,)
        Nats. With the topmost machine's log Z subtracted, its mean over draws lies below
        ``log p(v)``.
    """
    total = v.new_zeros(len(v))
    for recognising, generating in zip(up[:-1], down[:-1], strict=True):
        field = hidden_field(v, recognising)
        h = recognising.hidden.sample(recognising.hidden.given(field), generator)
        total = total + log_likelihood_given(v, h, generating)
        total = total - _log_density(h, field, recognising.hidden)
        v = h
    return total - free_energy(v, down[-1])


def _log_density(state: Tensor, field: Tensor, unit: Unit) -> Tensor:
    """Return log p(state | field) = t x - base(x) - A(t), summed over a layer."""
    return (field * state - unit.base(state)).sum(-1) - unit.log_normaliser(field)
