"""A fitted recommender as tensors and a JSON manifest, and back."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from embudo.data.catalogue import Catalogue
from embudo.data.ids import Ids
from embudo.data.ratings import Ratings
from embudo.declarations.beginnings import plain
from embudo.declarations.parameters import check_parameters, parameters
from embudo.errors import ModelFileError
from embudo.recommenders import RECOMMENDERS, recommender_class
from embudo.recommenders.contract import Contract

FORMAT_VERSION = 1
_NOT_SAVED = {"callbacks", "model"}  # code, and models within models, which bring their own parts
_OF_MODEL = "model."


def to_parts(model: Contract) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return everything that a model file holds of a fitted recommender."""
    ratings = model.ratings_
    learned, facts = model._parts()
    tensors = {f"{_OF_MODEL}{name}": tensor for name, tensor in learned.items()}
    tensors["ratings.user"] = torch.from_numpy(ratings.user.astype(np.int32))
    tensors["ratings.item"] = torch.from_numpy(ratings.item.astype(np.int32))
    tensors["ratings.value"] = torch.from_numpy(ratings.value)
    manifest = {
        "kind": "recommender",
        "format_version": FORMAT_VERSION,
        "model": short_name(type(model)),
        "parameters": declared(model),
        "users": ratings.users.to_json(),
        "items": ratings.items.to_json(),
        "scale": ratings.scale,
        "catalogue": None if ratings.catalogue is None else ratings.catalogue.to_json(),
        "library": ratings.library,
        "learned": facts,
    }
    return tensors, manifest


def declared(model: Contract) -> dict[str, Any]:
    """Return the parameters that are saved, by name, as JSON values."""
    return {
        p.name: plain(getattr(model, p.name))
        for p in parameters(type(model))
        if p.name not in _NOT_SAVED and _is_plain(getattr(model, p.name))
    }


def _is_plain(value: Any) -> bool:
    return not isinstance(value, np.random.RandomState)


def from_parts(tensors: dict[str, Tensor], manifest: dict[str, Any], source: str) -> Any:
    """Return the recommender that a model file holds.

    Raises
    ------
    ModelFileError
        If it is newer than this version of embudo, or its parts do not fit together.
    """
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        raise ModelFileError(
            f"{source}: has format version {version!r}, but this embudo reads {FORMAT_VERSION}; "
            "upgrade embudo"
        )
    try:
        model = made(manifest["model"], manifest["parameters"])
        model.ratings_ = _ratings(tensors, manifest)
        learned = {
            name.removeprefix(_OF_MODEL): tensor
            for name, tensor in tensors.items()
            if name.startswith(_OF_MODEL)
        }
        model._restore(learned, manifest["learned"])
        model._prepare()
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError, IndexError) as error:
        raise ModelFileError(
            f"{source}: its parts do not fit together ({error}); train the model again"
        ) from None
    return model


def made(name: str, chosen: dict[str, Any]) -> Any:
    """Return a recommender with parameters as a manifest has them."""
    tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in chosen.items()}
    model = recommender_class(name)(**tuples)
    check_parameters(model)
    return model


def short_name(cls: type) -> str:
    """Return the short name of a class of recommenders."""
    where = f"{cls.__module__}:{cls.__qualname__}"
    return next(name for name, place in RECOMMENDERS.items() if place == where)


def _ratings(tensors: dict[str, Tensor], manifest: dict[str, Any]) -> Ratings:
    users, items = Ids.from_json(manifest["users"]), Ids.from_json(manifest["items"])
    user, item = (tensors[f"ratings.{side}"].numpy().astype(np.int64) for side in ("user", "item"))
    value = tensors["ratings.value"].numpy()
    for codes, ids in ((user, users), (item, items)):
        if len(codes) != len(value) or (
            len(codes) and not 0 <= codes.min() <= codes.max() < len(ids)
        ):
            raise ValueError("ratings and ids are not of one model")
    scale = None if manifest["scale"] is None else tuple(manifest["scale"])
    described = manifest["catalogue"]
    catalogue = None if described is None else Catalogue.from_json(described)
    return Ratings(users, items, user, item, value, None, scale, catalogue, manifest["library"])
