"""From a fitted stack to an autoencoder that goes on from its weights."""

import copy

import torch

from embudo.estimators.autoencoder import Autoencoder
from embudo.estimators.contract import Contract
from embudo.estimators.handing_on import shared_parameters
from embudo.modules.unroll import MEANS, unroll
from embudo.training.checkpoint import Saved
from embudo.training.history import History

_TAKEN_OVER = ("layout_", "n_features_in_", "feature_names_in_")


def unrolled(stack: Contract) -> Autoencoder:
    """Return the autoencoder that encodes and decodes as a fitted stack does.

    It is fitted, with an empty history; its ``fit`` starts from the weights of the stack.
    """
    module, shared = stack.module_, shared_parameters(stack)
    *hidden, n_components = module.config["hidden"]
    auto = Autoencoder(
        n_components=n_components,
        hidden=tuple(hidden) or None,
        activation="sigmoid",
        code=MEANS[module.top.hidden.name],
        **shared,
    )
    auto._unrolled = unroll(module)
    auto.module_ = copy.deepcopy(auto._unrolled)
    for name in _TAKEN_OVER:
        if hasattr(stack, name):
            setattr(auto, name, getattr(stack, name))
    auto.history_, auto.n_iter_ = History(), 0
    auto._progress = _before_training(auto, shared["random_state"])
    return auto


def _before_training(auto: Autoencoder, seed: int) -> Saved:
    device = next(auto.module_.parameters()).device
    tensors = {f"module.{name}": tensor for name, tensor in auto.module_.state_dict().items()}
    tensors["generator"] = torch.Generator(device).manual_seed(seed).get_state()
    tensors["totals"] = torch.zeros(1, dtype=torch.float64)
    facts = {"stage": 0, "epoch": 0, "position": 0, "history": []}
    return Saved("the unrolled stack", {"seed": seed}, tensors, facts)
