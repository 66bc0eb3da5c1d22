"""An evaluation of recommenders as one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embudo.applications.report.blocks import section, table
from embudo.applications.report.html import Markup, tag
from embudo.applications.report.intervals import Bracketed, intervals
from embudo.applications.report.page import write_page
from embudo.recommenders.standings import Evaluation, Standing

_HEADS = {
    "ndcg": "NDCG",
    "recall": "recall",
    "precision": "preci\N{SOFT HYPHEN}sion",
    "hit_rate": "hit rate",
    "map": "MAP",
    "novelty": "novelty",
    "coverage": "coverage",
    "rmse": "RMSE",
    "mae": "MAE",
    "deviation": "deviation",
}
_LOWER_IS_BETTER = frozenset({"rmse", "mae"})
_NO_CONTEST = frozenset({"deviation", "novelty", "coverage"})  # of which more is not better
_OF_LISTS = (
    "Recall is the share of what was held out that is on the list, precision the share of the "
    "list that was held out, the hit rate the share of users with one hit at least. NDCG, which "
    "decides, and MAP count early places more. Coverage is the share of all items that are on "
    "anybody's list; novelty is high where a list holds what few people like."
)
_OF_RATINGS = (
    "RMSE, which decides, is the root of the mean squared difference between rating and "
    "prediction, MAE the mean of its absolute value. The floor is the mean of each item's ratings."
)
_RULES = (
    "What was held out is never among what a model learned from or is asked with, and what it is "
    "asked with is never on its list. All items are ranked; none is drawn to be ranked against."
)


@dataclass(frozen=True)
class Evaluated:
    """What the page tells: an evaluation, and of what."""

    data: str
    size: str
    found: Evaluation


def write_evaluation(path: Path, told: Evaluated) -> None:
    """Write the page, replacing the file at ``path`` in one move."""
    found = told.found
    lead = f"{found.question} {found.reading[0].upper()}{found.reading[1:]}."
    if found.interrupted:
        lead += " Interrupted: models that had not had their turn are missing."
    done = [s for s in found.standings if s.measures]
    figures = [(f"{len(done)}", "models")]
    if done:
        best = done[0].measures[found.headline]
        figures.append((f"{best:.3f}", f"{_HEADS[found.headline]} of {done[0].model}"))
    figures.append((f"{sum(s.seconds for s in found.standings):.0f} s", "of processor time"))
    write_page(path, f"Recommenders of {told.data}", lead, figures, _sections(told, done))


def _sections(told: Evaluated, done: Sequence[Standing]) -> list[Markup]:
    parts = [_ends(told.found, done)] if done else []
    return [*parts, _table(told.found), _how(told)]


def _ends(found: Evaluation, done: Sequence[Standing]) -> Markup:
    measure = _HEADS[found.headline]
    better = "less is better" if found.headline in _LOWER_IS_BETTER else "more is better"
    rows = [
        Bracketed(one.model, one.measures[found.headline], one.interval.low, one.interval.high)
        for one in done
        if one.interval is not None
    ]
    words = (
        "A bar is where the measure would lie, 95 times of a hundred, with other users of the same "
        f"kind. {found.reading[0].upper()}{found.reading[1:]}: whether two models differ is "
        "settled by the difference user by user, which the table has."
    )
    name = tag("h3", measure, tag("small", f"{better}; 95 % intervals"))
    chart = tag("div", name, intervals(measure, rows), class_="panel top")
    return section("Who is best", words, chart)


def _table(found: Evaluation) -> Markup:
    names = found.measures
    heads = ["model", *(_HEADS[name] for name in names), "behind the best", "seconds"]
    best = {name: _best(found.standings, name) for name in names}
    body = [_row(one, names, best) for one in found.standings if one.measures]
    places = "" if found.headline == "rmse" else f", lists of {found.n}"
    caption = f"Measures on what was held out{places}; the best of each in colour"
    failed = [
        tag("p", f"{one.model}: {one.failure}", class_="muted")
        for one in found.standings
        if one.failure
    ]
    told = _OF_RATINGS if found.headline == "rmse" else _OF_LISTS
    return section("Side by side", told, table(heads, body, caption), *failed)


def _row(one: Standing, names: Sequence[str], best: dict[str, float | None]) -> Markup:
    cells = [tag("th", one.model, scope="row")]
    for name in names:
        value = one.measures[name]
        cells.append(tag("td", f"{value:.3f}", class_="plus" if value == best[name] else None))
    behind = "\N{EN DASH}"
    if one.behind and one.behind_interval is not None:
        low, high = one.behind_interval
        behind = f"{one.behind:.3f} ({low:.3f} to {high:.3f})".replace("-", "\N{MINUS SIGN}")
    last = tag("td", behind, style="white-space: nowrap"), tag("td", f"{one.seconds:.1f}")
    return tag("tr", *cells, *last)


def _how(told: Evaluated) -> Markup:
    found = told.found
    rows = {
        "ratings": told.size,
        "protocol": found.protocol,
        "held out": found.held_out,
        "liked": "whatever is there" if found.threshold is None else f"from {found.threshold:g} on",
        "seed": str(found.seed),
        "intervals": "1,000 draws of users, the same for all models",
    }
    if found.headline == "rmse":
        del rows["liked"]
    pairs = (tag("div", tag("dt", name), tag("dd", value)) for name, value in rows.items())
    return section("How it was measured", _RULES, tag("div", tag("dl", *pairs), class_="making"))


def _best(standings: Sequence[Standing], name: str) -> float | None:
    values = [one.measures[name] for one in standings if one.measures]
    if not values or name in _NO_CONTEST:
        return None
    return min(values) if name in _LOWER_IS_BETTER else max(values)
