"""Why an item is recommended: which of the history it is like, and what each entry adds."""

import numpy as np
import torch
from numpy.typing import NDArray

from embudo.data.ids import UNKNOWN
from embudo.kernels import ranking
from embudo.recommenders.asking import Asked
from embudo.recommenders.contract import Contract
from embudo.recommenders.listing import Lists


def shares(model: Contract, asked: Asked, item: int) -> NDArray[np.float64]:
    """Return what each entry of one row's history adds to the score of an item."""
    row = asked.histories
    without = row[np.zeros(row.nnz, int)].tolil()
    without[np.arange(row.nnz), row.indices] = 0
    rest = without.tocsr()
    rest.eliminate_zeros()
    stranger = asked.as_strangers()
    whole = model._voice(stranger)[0, item]
    others = Asked([None] * row.nnz, np.full(row.nnz, UNKNOWN), rest)
    values = torch.cat([v[:, item] for v in model._blocks(others, model._voice)])
    shares: NDArray[np.float64] = (whole - values).double().numpy(force=True)
    return shares


def reasons(model: Contract, asked: Asked, lists: Lists) -> dict[tuple[int, int], str]:
    """Name, for each item of a list, what is most like it of what somebody rated rather well."""
    codes = np.unique(lists.items[lists.items != ranking.NOTHING])
    if not len(codes):
        return {}
    alike = model._similarity(codes).numpy(force=True)
    found = {}
    for row in np.flatnonzero(lists.informed):
        history = asked.histories[[int(row)]]
        if not history.nnz:
            continue
        have = history.indices[history.data >= history.data.mean()]
        for code in lists.items[row]:
            others = have[have != code]
            if code == ranking.NOTHING or not len(others):
                continue
            nearest = others[alike[np.searchsorted(codes, code), others].argmax()]
            found[int(row), int(code)] = f"like {model.ratings_.titles[int(nearest)]}"
    return found
