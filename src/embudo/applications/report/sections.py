"""The sections of a report: each says in a sentence or two what is to be seen, and shows it."""

from collections.abc import Sequence

from embudo.applications.report import pictures, tables
from embudo.applications.report.blocks import section
from embudo.applications.report.charts import Line, chart, number
from embudo.applications.report.findings import Compared, Findings, NextStep, verdict
from embudo.applications.report.html import Markup, tag, text
from embudo.training.history import History

_CURVES = (
    (
        "kl_divergence",
        "KL divergence",
        "nats per image",
        "What is lost between an image and its reconstruction. 0 would be a perfect copy.",
    ),
    (
        "reconstruction_error",
        "Reconstruction error",
        "mean square",
        "The same loss pixel by pixel: the average squared difference.",
    ),
    (
        "pseudo_log_likelihood",
        "Pseudo-log-likelihood",
        "nats per image",
        "How well each pixel can be told from all the others. Higher is better.",
    ),
    (
        "free_energy_gap",
        "Free-energy gap",
        "nats",
        "How much stranger held-out images look to the model than those it trained on. "
        "A steady rise means that it starts to learn by heart.",
    ),
)


def sections(found: Findings) -> list[Markup]:
    """Return all sections in the order in which they are read."""
    return [
        _reconstructions(found),
        _denoising(found),
        _fantasies(found),
        _filters(found),
        _learning(found.history),
        _comparison(found),
        _making(found),
        _next_steps(found.next_steps),
    ]


def _reconstructions(found: Findings) -> Markup:
    kinds = [("original", found.originals), ("reconstructed", found.reconstructions)]
    return section(
        "Down the funnel and up again",
        f"Each image, {found.n_features} pixels, is squeezed into {found.n_components} numbers "
        "and poured back out. The model never saw these images before. What is lost on the way "
        "is what it holds to be unimportant.",
        pictures.rows(kinds, "Digits"),
    )


def _denoising(found: Findings) -> Markup:
    noise = found.denoising
    kinds = [("noisy", noise.noisy), ("cleaned", noise.cleaned), ("original", noise.originals)]
    return section(
        "Noise does not fit through",
        f"Of images that the model never saw, {noise.noise}; one trip down and up wiped most of "
        "that away, because noise fits none of the patterns it knows. The mean squared error of "
        f"a pixel went from {number(noise.error_before)} to {number(noise.error_after)}.",
        pictures.rows(kinds, "Digits"),
    )


def _fantasies(found: Findings) -> Markup:
    return section(
        "Fantasies",
        "Nobody wrote these. A fantasy starts as random pixels and goes up and down between the "
        f"two layers {found.fantasy_steps:,} times (a Gibbs chain), until nothing of the start is "
        "left: it shows what the model believes digits look like.",
        pictures.sheet(found.fantasies, f"{len(found.fantasies)} digits that the model made up"),
    )


def _filters(found: Findings) -> Markup:
    return section(
        "What each unit looks for",
        text(
            "One picture for each hidden unit: ",
            tag("span", "blue", class_="plus"),
            " pixels switch it on, ",
            tag("span", "orange", class_="minus"),
            " ones switch it off, pale ones leave it alone. The patterns are strokes and gaps "
            "rather than whole digits; a digit is a handful of them at once.",
        ),
        pictures.filters(found.filters, f"Weights of {len(found.filters)} hidden units"),
    )


def _learning(history: History) -> Markup:
    panels = [_panel(history, *curve) for curve in _CURVES if curve[0] in history.columns]
    return section(
        "How it learned",
        "Four views of the training, measured at the end of every epoch, that is, every pass over "
        "the training images.",
        text(tag("div", *panels, class_="panels"), tables.history_table(history)),
    )


def _comparison(found: Findings) -> Markup:
    many, few = found.n_labels
    return section(
        "Are the features any good?",
        "The model never saw a label. If its numbers still tell the digits apart, it has "
        "understood something: here one and the same logistic regression is trained on the raw "
        "pixels, on principal components (PCA), and on the hidden units, all standardised alike, "
        f"and tested on {found.n_test} other images. Few labels are drawn several times, and "
        "the mean is shown.",
        tag(
            "div",
            _contest(f"With {many:,} labels", found.comparison, found.n_test),
            _contest(f"With {few:,} labels", found.few_labels, found.n_test),
            class_="contests",
        ),
    )


def _contest(title: str, comparison: Sequence[Compared], n_test: int) -> Markup:
    return tag(
        "div",
        tag("h3", title),
        tag("p", verdict(comparison, n_test), class_="muted"),
        tables.comparison_table(comparison, n_test, f"{title}, accuracy on new images"),
    )


def _making(found: Findings) -> Markup:
    lists = [
        tag("h3", "Parameters"),
        tables.facts(found.parameters),
        tag("h3", "Machine"),
        tables.facts(found.facts),
    ]
    return section(
        "How it was made",
        "With the same seed, on the same machine and versions, the same numbers come out again.",
        tag("div", *lists, class_="making"),
    )


def _next_steps(steps: Sequence[NextStep]) -> Markup:
    entries = [
        tag("li", tag("p", step.purpose), tag("pre", tag("code", step.command))) for step in steps
    ]
    return section("Try next", "From here it goes on in a shell.", tag("ol", *entries))


def _panel(history: History, name: str, title: str, unit: str, meaning: str) -> Markup:
    lines = [Line("training", history[name])]
    if f"validation_{name}" in history.columns:
        lines.append(Line("held out", history[f"validation_{name}"]))
    heading = tag("h3", title, " ", tag("small", unit))
    caption = tag("figcaption", heading, tag("p", meaning))
    return tag("figure", caption, chart(title, lines), class_="panel")
