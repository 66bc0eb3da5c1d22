"""Lists of codes as frames that people read, and which items may be on a list at all."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from embudo.data.ratings import Ratings
from embudo.errors import ParameterError
from embudo.kernels import ranking
from embudo.recommenders import asking
from embudo.recommenders.answers import frame
from embudo.recommenders.asking import Asked
from embudo.recommenders.contract import Contract
from embudo.recommenders.explanations import reasons
from embudo.recommenders.listing import Lists

_REASONS_FOR = 100  # rows at most that reasons are looked for


def allowed(
    ratings: Ratings, exclude: Iterable[Any], only: Mapping[str, Any] | None
) -> Tensor | None:
    """Return which items may be recommended; None if all may."""
    may = np.ones(len(ratings.items), bool)
    if only:
        if ratings.catalogue is None:
            raise ParameterError("only= needs a table of items: give one to the ratings")
        catalogue = ratings.catalogue
        may[:] = False
        here = ratings.items.codes(catalogue.items)
        may[here[catalogue.matching(only)]] = True
    excluded = [exclude] if isinstance(exclude, str) else exclude
    for item in excluded:
        may[asking.item_code(ratings, item)] = False
    return None if may.all() else torch.from_numpy(may)


def told(model: Contract, asked: Asked, lists: Lists) -> Any:
    """Return lists for rows as a frame, one recommendation a row."""
    ratings = model.ratings_
    row, place = np.nonzero(lists.items != ranking.NOTHING)
    codes = lists.items[row, place]
    kinds = np.where(lists.informed, "score", "number of users")
    sources = np.where(lists.informed[row], model._sources()[codes], "popular")
    why = reasons(model, asked, lists) if len(asked) <= _REASONS_FOR else {}
    return frame(
        ratings,
        {
            "user": [asked.labels[one] for one in row],
            "item": [ratings.items[int(code)] for code in codes],
            "title": [ratings.titles[int(code)] for code in codes],
            "score": lists.scores[row, place].astype(np.float64),
            "kind": kinds[row],
            "source": sources,
            "reason": [
                why.get((int(r), int(code)), "" if lists.informed[r] else "popular")
                for r, code in zip(row, codes, strict=True)
            ],
        },
    )
