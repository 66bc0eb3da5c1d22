"""Tables of a report."""

import math
from collections.abc import Mapping, Sequence

from embudo.applications.report.blocks import table
from embudo.applications.report.charts import number
from embudo.applications.report.findings import Compared
from embudo.applications.report.html import Markup, tag, text
from embudo.training.history import History

_HEADINGS = {
    "epoch": "epoch",
    "kl_divergence": "KL diver\N{SOFT HYPHEN}gence",
    "reconstruction_error": "recon\N{SOFT HYPHEN}struction error",
    "pseudo_log_likelihood": "pseudo-log-likelihood",
    "free_energy_gap": "free-energy gap",
    "seconds": "seconds",
}
_GLIMPSE = (1, 2, 5, 10, 20, 50, 100, 200, 500)  # epochs worth a look, early ones above all


def history_table(history: History) -> Markup:
    """Show some epochs, and all of them to those who ask."""
    epochs = history["epoch"]
    chosen = {*_GLIMPSE, epochs[-1]}
    some = [at for at, epoch in enumerate(epochs) if epoch in chosen]
    everything = list(range(len(epochs)))
    if len(some) == len(everything):
        return _history_rows(history, everything)
    summary = tag("summary", f"All {len(everything)} epochs")
    details = tag("details", summary, _history_rows(history, everything))
    return text(_history_rows(history, some), details)


def comparison_table(comparison: Sequence[Compared], n_test: int, caption: str) -> Markup:
    """Show how often a classifier went wrong on each kind of features."""
    wrong = [round((1 - entry.accuracy) * n_test) for entry in comparison]
    most = max(*wrong, 1)
    heads = ["features", "numbers per image", "accuracy", f"wrong, of {n_test}"]
    body = [
        tag(
            "tr",
            tag("th", entry.name, scope="row"),
            tag("td", str(entry.n_features)),
            tag("td", f"{entry.accuracy:.1%}"),
            tag("td", _bar(count / most), tag("span", str(count)), class_="bar-cell"),
        )
        for entry, count in zip(comparison, wrong, strict=True)
    ]
    return table(heads, body, caption, "compare")


def facts(entries: Mapping[str, object]) -> Markup:
    """List names and values."""
    return tag(
        "dl",
        *(
            tag("div", tag("dt", name.replace("_", " ")), tag("dd", _value(value)))
            for name, value in entries.items()
        ),
    )


def _history_rows(history: History, rows: Sequence[int]) -> Markup:
    names = [name for name in _HEADINGS if name in history.columns]
    columns = [_written(history[name], 2 if name == "seconds" else None) for name in names]
    body = [tag("tr", *(tag("td", column[at]) for column in columns)) for at in rows]
    heads = [_HEADINGS[name] for name in names]
    return table(heads, body, "Measures at the end of epochs", "history")


def _written(column: Sequence[float], decimals: int | None = None) -> list[str]:
    """Write a column with as many decimals as give its largest number three digits."""
    if decimals is None:
        largest = max((abs(value) for value in column if math.isfinite(value)), default=0.0)
        whole = all(isinstance(value, int) for value in column)
        decimals = 0 if whole else max(0, 2 - math.floor(math.log10(largest or 1.0)))
    return [
        f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")
        if math.isfinite(value)
        else "\N{EN DASH}"
        for value in column
    ]


def _bar(share: float) -> Markup:
    return tag("i", style=f"--share:{share:.3f}", class_="bar")


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)
