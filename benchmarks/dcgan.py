"""A plain DCGAN in bare PyTorch, as its tutorials have it: what ours is measured against.

Radford, Metz and Chintala (2016): strided convolutions with batch normalisation, cross-entropy
(the non-saturating one), Adam at a constant 0.0002 with betas of 0.5 and 0.999, weights drawn with
a deviation of 0.02. No penalty, no average, no schedule.
"""

import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

CODE, BATCH, RATE, BETAS = 64, 64, 2e-4, (0.5, 0.999)
Rows = Tensor


def networks(width: int, *, normalised: bool = True) -> tuple[nn.Sequential, nn.Sequential]:
    """Return generator and discriminator of pictures of 28 × 28 pixels, of ``width`` channels."""

    def norm(channels: int) -> nn.Module:
        return nn.BatchNorm2d(channels) if normalised else nn.Identity()

    wide = 2 * width
    generator = nn.Sequential(
        nn.Linear(CODE, wide * 7 * 7),
        nn.Unflatten(1, (wide, 7, 7)),
        norm(wide),
        nn.ReLU(),
        nn.ConvTranspose2d(wide, width, 4, 2, 1),
        norm(width),
        nn.ReLU(),
        nn.ConvTranspose2d(width, 1, 4, 2, 1),
        nn.Sigmoid(),
    )
    discriminator = nn.Sequential(
        nn.Conv2d(1, width, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, wide, 4, 2, 1),
        norm(wide),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(wide * 7 * 7, 1),
    )
    for network in (generator, discriminator):
        for layer in network:
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(layer.weight, 0, 0.02)
    return generator, discriminator


def batches(X: Rows) -> Iterator[Tensor]:
    """Yield batches for ever, shuffled anew each time through."""
    while True:
        for places in torch.randperm(len(X)).split(BATCH):
            if len(places) == BATCH:
                yield X[places].view(BATCH, 1, 28, 28)


def train(X: Rows, seconds: float, seed: int, width: int = 32) -> nn.Sequential:
    """Return the generator after so many CPU seconds of training."""
    torch.manual_seed(seed)
    generator, discriminator = networks(width)
    players = [
        torch.optim.Adam(network.parameters(), RATE, BETAS, fused=True)
        for network in (generator, discriminator)
    ]
    one, zero = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    until = time.process_time() + seconds
    for real in batches(X):
        made = generator(torch.randn(BATCH, CODE))
        players[1].zero_grad()
        told = discriminator(made.detach())
        (cross_entropy(discriminator(real), one) + cross_entropy(told, zero)).backward()
        players[1].step()
        players[0].zero_grad()
        cross_entropy(discriminator(made), one).backward()
        players[0].step()
        if time.process_time() > until:
            break
    return generator


@torch.no_grad()
def sample(generator: nn.Sequential, n: int, seed: int) -> Tensor:
    """Return rows of 784 pixels, made as in training, batch by batch."""
    torch.manual_seed(seed)
    made = [generator(torch.randn(min(BATCH, n - at), CODE)) for at in range(0, n, BATCH)]
    return torch.cat(made).flatten(1)
