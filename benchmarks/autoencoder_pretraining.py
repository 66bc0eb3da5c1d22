"""What one layer learns as an autoencoder of each kind, by what backprop makes of it with labels.

    python benchmarks/autoencoder_pretraining.py [--data-dir DIR] [--seeds 0 1 2 3 4]
        [--pretrain-epochs 20] [--epochs 30]

MNIST, one layer of 1,000 sigmoid units: it learns without labels, then a softmax is put on it and
both go on by backprop, with the same settings whatever came first. Test errors are those of the
last epoch: the test set decides nothing. Published figures stand beside ours.
"""

import argparse
import time

import numpy as np
import torch
from machine import publish

from embudo import Autoencoder, ContractiveAutoencoder, DBNClassifier, DenoisingAutoencoder
from embudo.data.readers import open_source

UNITS = 1000
PUBLISHED = {"contractive": "1.14", "denoising": "1.18", "plain": "1.78", "random weights": ""}


def encoders(arguments: argparse.Namespace, seed: int) -> dict[str, Autoencoder]:
    """Return the autoencoders, by kind."""
    settings = {
        "n_components": UNITS,
        "hidden": None,
        "activation": "sigmoid",
        "tied": True,
        "epochs": arguments.pretrain_epochs,
        "batch_size": 100,
        "schedule": "cosine",
        "random_state": seed,
    }
    return {
        "contractive": ContractiveAutoencoder(weight=arguments.weight, **settings),
        "denoising": DenoisingAutoencoder(
            corruption="gaussian", level=arguments.level, code="sigmoid", **settings
        ),
        "plain": Autoencoder(code="sigmoid", **settings),
    }


def tuned(model: DBNClassifier, arguments: argparse.Namespace, seed: int) -> float:
    """Train with labels; return the test error in per cent."""
    X, y, T, y_test = arguments.data
    model.set_params(
        top_epochs=1,
        epochs=arguments.epochs,
        learning_rate=arguments.learning_rate,
        dropout=arguments.dropout,
        visible_dropout=arguments.visible_dropout,
        schedule="linear",
        batch_size=100,
        random_state=seed,
    ).fit(X, y)
    return 100 * (1 - model.score(T, y_test))


def main() -> None:
    """Train all of them and publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--pretrain-epochs", type=int, default=20)
    parser.add_argument("--weight", type=float, default=0.1)
    parser.add_argument("--level", type=float, default=0.3)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--visible-dropout", type=float, default=0.0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train, test = (
        open_source(name, data_dir=arguments.data_dir) for name in ("mnist", "mnist:test")
    )
    rows = (train.read().astype(np.float32), test.read().astype(np.float32))
    arguments.data = (rows[0], train.labels.astype(int), rows[1], test.labels.astype(int))
    errors: dict[str, list[float]] = {name: [] for name in PUBLISHED}
    for seed in arguments.seeds:
        models = {
            name: auto.fit(rows[0]).to_classifier()
            for name, auto in encoders(arguments, seed).items()
        }
        models["random weights"] = DBNClassifier(hidden=(UNITS,), pretrain=False)
        for name, model in models.items():
            errors[name].append(tuned(model, arguments, seed))
            minutes = time.process_time() / 60
            print(f"seed {seed}, {name}: {errors[name][-1]:.2f} %, {minutes:.1f} min", flush=True)
    table = [
        [
            name,
            f"{np.mean(found):.2f}",
            f"{np.std(found, ddof=1) if len(found) > 1 else 0:.2f}",
            ", ".join(f"{error:.2f}" for error in found),
            PUBLISHED[name],
        ]
        for name, found in errors.items()
    ]
    publish(
        "autoencoder_pretraining",
        f"MNIST, one layer of {UNITS:,} units, pretrained and fine-tuned: test error in %",
        ["pretrained as", "mean", "deviation", "seeds", "Rifai et al. 2011"],
        table,
    )


if __name__ == "__main__":
    main()
