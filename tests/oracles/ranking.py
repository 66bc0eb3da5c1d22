"""Measures of a ranking, user by user, as they are defined."""

import math


def measures(scores, relevant, n):
    """Return the measures of one user's list by name; scores of -inf are never listed."""
    order = sorted(range(len(scores)), key=lambda item: (-scores[item], item))
    listed = [item for item in order if scores[item] > -math.inf][:n]
    n = min(n, len(scores))
    hit = [item in relevant for item in listed]
    places = [place for place, found in enumerate(hit, 1) if found]
    most = min(n, len(relevant))
    return listed, {
        "recall": len(places) / most,
        "precision": len(places) / n,
        "hit_rate": float(bool(places)),
        "ndcg": sum(1 / math.log2(r + 1) for r in places)
        / sum(1 / math.log2(r + 1) for r in range(1, most + 1)),
        "average_precision": sum(sum(hit[:r]) / r for r in places) / most,
        "reciprocal_rank": 1 / places[0] if places else 0.0,
    }
