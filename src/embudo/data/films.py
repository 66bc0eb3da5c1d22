"""An invented catalogue of films and people of known tastes, for when there are no ratings."""

import numpy as np
from numpy.typing import NDArray

from embudo.data.catalogue import Catalogue
from embudo.data.ids import Ids
from embudo.data.ratings import Ratings

GENRES = {
    "Adventure": ("Island", "Caravan", "Compass", "Summit", "River"),
    "Comedy": ("Wedding", "Landlord", "Parrot", "Holiday", "Cousin"),
    "Crime": ("Alibi", "Ledger", "Vault", "Witness", "Harbour"),
    "Drama": ("Letter", "Orchard", "Winter", "Daughter", "Promise"),
    "Horror": ("Cellar", "Lantern", "Hollow", "Whisper", "Mirror"),
    "Sci-Fi": ("Orbit", "Android", "Signal", "Colony", "Eclipse"),
}
_WORDS = ("Silent", "Last", "Crimson", "Borrowed", "Northern", "Paper", "Golden", "Broken")
_LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
_LOVED, _FELT = 2, 2.0  # genres that somebody loves, and what a genre moves a rating by
_NOISE = 0.6


def invented_films(n_users: int = 240, *, seed: int = 0) -> Ratings:
    """Return ratings of 240 films of six genres by people who each love two of them.

    A rating is 3, and 1 more where a genre is loved or 1 less where it is not, with the quality of
    the film and noise, rounded to 1 to 5. People rate about 40 films, good ones more often, and
    rather what they love. Who loves what follows from a user's number: the genres ``i`` and ``i +
    1`` of user ``i``, counted round.

    Parameters
    ----------
    n_users : int, default=240
    seed : int, default=0
    """
    rng = np.random.default_rng(seed)
    names = list(GENRES)
    films = [(genre, word, noun) for genre in names for noun in GENRES[genre] for word in _WORDS]
    genre = np.array([names.index(film[0]) for film in films])
    quality = rng.normal(0, 0.5, len(films))
    years = rng.integers(1960, 2024, len(films))
    lean = np.where(loved_genres(n_users)[:, genre], _FELT / 2, -_FELT / 2)
    appeal = np.exp(1.2 * lean + 1.5 * quality + rng.normal(0, 0.5, (n_users, len(films))))
    seen = np.zeros((n_users, len(films)), bool)
    for user, chances in enumerate(appeal):
        count = int(rng.integers(25, 55))
        drawn = rng.choice(len(films), count, replace=False, p=chances / chances.sum())
        seen[user, drawn] = True
    felt = 3 + lean + quality + rng.normal(0, _NOISE, seen.shape)
    rows, places = (codes.astype(np.int64) for codes in seen.nonzero())
    columns = {
        "title": [
            f"The {word} {noun} ({year})"
            for (_, word, noun), year in zip(films, years.tolist(), strict=True)
        ],
        "genres": [film[0] for film in films],
    }
    ids = list(range(1, len(films) + 1))
    ratings, _ = Ratings.of_codes(
        Ids(range(1, n_users + 1), "user"),
        Ids(ids, "item"),
        rows,
        places,
        felt[seen].round().clip(1, 5),
        scale=_LEVELS,
        catalogue=Catalogue(ids, columns),
    )
    return ratings


def loved_genres(n_users: int) -> NDArray[np.bool_]:
    """Say which genres each user of :func:`invented_films` loves, of shape (users, genres)."""
    numbers = (np.arange(n_users)[:, None] + np.arange(_LOVED)) % len(GENRES)
    found = np.zeros((n_users, len(GENRES)), bool)
    np.put_along_axis(found, numbers, True, 1)
    return found
