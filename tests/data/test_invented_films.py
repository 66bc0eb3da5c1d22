"""The invented films: people love what they are said to love."""

import numpy as np

from embudo.data.films import GENRES, invented_films, loved_genres


def test_people_rate_what_they_love_higher_and_more_often() -> None:
    ratings = invented_films(seed=1)
    names = list(GENRES)
    words = ratings.catalogue.words
    genre = np.array([names.index(next(iter(words[item]))) for item in ratings.item])
    loved = loved_genres(240)[ratings.user, genre]
    assert ratings.value[loved].mean() > ratings.value[~loved].mean() + 1.2
    assert loved.mean() > 0.55  # of a third of the films
    assert (loved_genres(240).sum(1) == 2).all()


def test_titles_are_all_different_and_seeds_matter() -> None:
    ratings = invented_films(30, seed=0)
    assert len(set(ratings.titles)) == len(ratings.items) == 240
    again = invented_films(30, seed=0)
    np.testing.assert_array_equal(again.value, ratings.value)
    assert len(invented_films(30, seed=1)) != len(ratings)
