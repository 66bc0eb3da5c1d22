"""The report: it tells what was found, stands alone, and text in it stays text."""

import base64
import dataclasses
import io
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from embudo import History, OutputError
from embudo.applications.report import (
    Compared,
    Denoising,
    Findings,
    NextStep,
    page,
    verdict,
    write_report,
)
from embudo.applications.report.charts import Line, chart, nice_ticks
from embudo.applications.report.html import Markup, tag, text
from embudo.training.history import Row

EVIL = '<script>alert("x")</script>&\''
VOID = {"img", "meta", "link"}
IMAGE = np.array([[[0.0, 1.0], [0.5, 0.25]]])


def history(epochs: int = 12) -> History:
    return History(
        [
            Row(
                epoch=at,
                steps=10,
                seconds=0.125,
                learning_rate=0.1,
                values={
                    "contrast": 1.0,
                    "kl_divergence": 100.0 / at,
                    "reconstruction_error": 0.5 / at,
                    "pseudo_log_likelihood": -50.0 + at,
                    "free_energy_gap": 0.1 * at,
                    "validation_pseudo_log_likelihood": -55.0 + at,
                },
            )
            for at in range(1, epochs + 1)
        ]
    )


@pytest.fixture
def findings() -> Findings:
    return Findings(
        title="A title",
        lead="A lead.",
        figures=[("64", "pixels")],
        history=history(),
        filters=np.array([[[1.0, -1.0], [0.0, 0.5]]]),
        originals=IMAGE,
        reconstructions=IMAGE / 2,
        denoising=Denoising("all was lost", IMAGE, 1 - IMAGE, IMAGE, 0.125, 0.0625),
        fantasies=IMAGE,
        fantasy_steps=1000,
        comparison=[Compared("raw pixels", 4, 0.9), Compared("RBM", 2, 0.8)],
        few_labels=[Compared("raw pixels", 4, 0.5), Compared("RBM", 2, 0.75)],
        n_labels=(1000, 100),
        n_test=200,
        n_features=4,
        n_components=2,
        parameters={"n_components": 2, "learning_rate": 0.05},
        facts={"python": "3.11"},
        next_steps=[NextStep("Dream.", "embudo sample")],
    )


class Outline(HTMLParser):
    """Reads a page, and insists that every element is closed in its turn."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[str, str]] = []
        self.cells: list[list[str]] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((name, dict(attrs)))
        if name == "tr":
            self.cells.append([])
        if name not in VOID:
            self.open.append(name)

    def handle_startendtag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((name, dict(attrs)))

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        inner = self.open[-1] if self.open else ""
        if re.fullmatch(r"h\d", inner):
            self.headings.append((inner, data))
        if inner in ("th", "td"):
            self.cells[-1].append(data)
        if inner == "span" and "td" in self.open:
            self.cells[-1].append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for element, attributes in self.elements if element == name]


def pixels(uri: str) -> np.ndarray:
    content = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)))


def test_every_section_has_its_heading(findings: Findings) -> None:
    outline = Outline(page(findings))
    assert [words for level, words in outline.headings if level == "h1"] == ["A title"]
    assert [words for level, words in outline.headings if level == "h2"] == [
        "Down the funnel and up again",
        "Noise does not fit through",
        "Fantasies",
        "What each unit looks for",
        "How it learned",
        "Are the features any good?",
        "How it was made",
        "Try next",
    ]


def test_the_page_stands_alone(findings: Findings) -> None:
    source = page(findings)
    outline = Outline(source)
    assert outline.all("script") == []
    links = [
        value
        for _, attributes in outline.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "xlink:href")
    ]
    assert links
    assert all(value is not None and value.startswith("data:") for value in links)
    assert not re.search(r"@import|url\(", source)
    policy = [entry for entry in outline.all("meta") if "http-equiv" in entry]
    assert str(policy[0]["content"]).startswith("default-src 'none';")


def test_a_reader_who_cannot_see_is_told_what_there_is_to_see(findings: Findings) -> None:
    outline = Outline(page(findings))
    assert outline.all("html")[0]["lang"] == "en"
    assert all("alt" in image for image in outline.all("img"))
    pictures = [entry for _, entry in outline.elements if entry.get("role") == "img"]
    assert all(entry.get("aria-label") for entry in pictures)
    assert len(pictures) == 2 + 3 + 1 + 1 + 4
    labels = [str(entry["aria-label"]) for entry in pictures]
    assert "Pseudo-log-likelihood. training: from \N{MINUS SIGN}49 to \N{MINUS SIGN}38; " in (
        " ".join(labels)
    )


def lightness(code: str) -> float:
    """WCAG's relative luminance of a colour such as #fff or #fbfaf7."""
    digits = code[1:] if len(code) == 7 else "".join(2 * digit for digit in code[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "card"])
@pytest.mark.parametrize("colour", ["ink", "muted", "accent", "counter"])
def test_text_can_be_read(findings: Findings, scheme: str, ground: str, colour: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", page(findings), re.DOTALL)[:2]
    colours = dict(re.findall(r"--(\w+): (#\w+);", light if scheme == "light" else dark))
    text_light, ground_light = lightness(colours[colour]), lightness(colours[ground])
    bright, dim = max(text_light, ground_light), min(text_light, ground_light)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


def test_images_keep_every_pixel(findings: Findings) -> None:
    images = Outline(page(findings)).all("img")
    first = pixels(str(images[0]["src"]))
    assert first[..., 0].tolist() == [[255, 0], [128, 191]]
    assert (images[0]["width"], images[0]["height"]) == ("2", "2")
    filters = next(image for image in images if image["class"] == "filter")
    assert pixels(str(filters["src"]))[..., 3].tolist() == [[255, 255], [0, 128]]


def test_text_from_outside_stays_text(findings: Findings) -> None:
    hostile = dataclasses.replace(
        findings,
        title=EVIL,
        lead=EVIL,
        figures=[(EVIL, EVIL)],
        comparison=[Compared(EVIL, 4, 0.9), Compared("RBM", 2, 0.8)],
        parameters={EVIL: EVIL},
        facts={EVIL: EVIL},
        next_steps=[NextStep(EVIL, EVIL)],
        denoising=dataclasses.replace(findings.denoising, noise=EVIL),
    )
    source = page(hostile)
    assert "<script" not in source
    assert source.count("&lt;script&gt;") >= 11
    assert Outline(source).headings[0] == ("h1", EVIL)


def test_the_history_shows_some_epochs_and_all_on_demand(findings: Findings) -> None:
    rows = Outline(page(findings)).cells
    heads = [at for at, row in enumerate(rows) if row[0] == "epoch"]
    assert len(heads) == 2
    glimpse = rows[heads[0] + 1 : heads[1]]
    assert [row[0] for row in glimpse] == ["1", "2", "5", "10", "12"]
    assert glimpse[2] == ["5", "20", "0.100", "\N{MINUS SIGN}45.0", "0.50", "0.12"]
    everything = rows[heads[1] + 1 : heads[1] + 13]
    assert [row[0] for row in everything] == [str(at) for at in range(1, 13)]


def test_a_short_history_is_shown_once(findings: Findings) -> None:
    outline = Outline(page(dataclasses.replace(findings, history=history(2))))
    assert [row[0] for row in outline.cells].count("epoch") == 1
    assert outline.all("details") == []


def test_a_history_without_held_out_rows_has_three_curves(findings: Findings) -> None:
    values = {"kl_divergence": 1.0, "reconstruction_error": 2.0, "pseudo_log_likelihood": 3.0}
    bare = History([Row(1, 1, 1.0, 0.1, values)])
    outline = Outline(page(dataclasses.replace(findings, history=bare)))
    assert [words.strip() for level, words in outline.headings if level == "h3"] == [
        "KL divergence",
        "Reconstruction error",
        "Pseudo-log-likelihood",
        "With 1,000 labels",
        "With 100 labels",
        "Parameters",
        "Machine",
    ]


def test_the_comparison_counts_what_went_wrong(findings: Findings) -> None:
    rows = Outline(page(findings)).cells
    assert ["raw pixels", "4", "90.0%", "20"] in rows
    assert ["RBM", "2", "80.0%", "40"] in rows
    assert ["RBM", "2", "75.0%", "50"] in rows


def test_bars_are_in_proportion_to_the_errors(findings: Findings) -> None:
    bars = [bar["style"] for bar in Outline(page(findings)).all("i")]
    assert bars == ["--share:0.500", "--share:1.000", "--share:1.000", "--share:0.500"]


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [
        ((0.95, 0.94), "1.0 points of each other.*about 2.2: call it a draw"),
        ((0.95, 0.80), "Best here: first, with 95.0%"),
        ((0.80, 0.95), "Best here: second, with 95.0%"),
    ],
)
def test_the_verdict_knows_what_chance_can_do(
    accuracies: tuple[float, float], expected: str
) -> None:
    first, second = accuracies
    comparison = [Compared("first", 4, first), Compared("second", 4, second)]
    assert re.search(expected, verdict(comparison, 100))


def test_the_verdict_names_those_too_close_to_tell() -> None:
    accuracies = {"a": 0.90, "b": 0.86, "c": 0.60}
    comparison = [Compared(name, 4, accuracy) for name, accuracy in accuracies.items()]
    assert verdict(comparison, 100) == (
        "Best here: a, with 90.0%, though b came too close to rule out chance."
    )


def test_the_file_is_replaced_in_one_move(findings: Findings, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(path, findings)
    assert path.read_text() == page(findings)
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_a_place_that_does_not_exist_is_refused(findings: Findings, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="missing"):
        write_report(tmp_path / "missing" / "report.html", findings)


def test_a_chart_is_drawn_to_scale() -> None:
    svg = chart("A", [Line("a", [0.0, 5.0, 10.0])])
    course = re.search(r'd="M([^"]+)"', svg)
    assert course is not None
    points = [tuple(map(float, point.split())) for point in course[1].split("L")]
    (x0, y0), (x1, y1), (x2, y2) = points
    assert x1 - x0 == pytest.approx(x2 - x1)
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.11)
    lines = {
        name: float(y) for y, name in re.findall(r'y1="([\d.]+)".*?<text[^>]*>(\d+)</text>', svg)
    }
    assert (y0, y2) == (lines["0"], lines["10"])


def test_a_chart_leaves_out_what_is_not_finite() -> None:
    svg = chart("A", [Line("a", [float("nan"), 4.0, float("inf"), 2.0])])
    assert "nan" not in svg
    assert "from 4 to 2" in svg
    assert svg.count("L") == 1


def test_a_chart_of_nothing_says_so() -> None:
    assert "no finite values" in chart("A", [Line("a", [float("nan")]), Line("b", [])])


def test_labels_at_line_ends_do_not_lie_on_each_other() -> None:
    svg = chart("A", [Line("a", [0.0, 10.0]), Line("b", [0.0, 10.0]), Line("c", [9.0, 0.0])])
    heights = sorted(float(y) for y in re.findall(r'y="([\d.]+)" class="last"', svg))
    assert len(heights) == 3
    assert all(below - above >= 24 for above, below in zip(heights, heights[1:], strict=False))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.0, 10.0), [0, 5, 10]),
        ((13.4, 27.0), [10, 15, 20, 25, 30]),
        ((-28.7, -21.7), [-30, -27.5, -25, -22.5, -20]),
        ((0.0628, 0.143), [0.05, 0.1, 0.15]),
        ((3.0, 3.0), [3, 4]),
        ((0.0, 0.0), [0, 0.5]),
    ],
)
def test_ticks_are_round_and_span_the_values(
    values: tuple[float, float], expected: list[float]
) -> None:
    assert nice_ticks(values) == pytest.approx(expected)


def test_ticks_span_any_values() -> None:
    generator = np.random.default_rng(0)
    for scale in 10.0 ** np.arange(-8, 9):
        low, high = np.sort(generator.standard_normal(2)) * scale
        ticks = nice_ticks([low, high])
        steps = np.diff(ticks)
        assert ticks[0] <= low + 1e-8 * scale
        assert ticks[-1] >= high - 1e-8 * scale
        assert np.allclose(steps, steps[0])
        assert 2 <= len(ticks) <= 5
        assert math.isclose(steps[0], float(f"{steps[0]:.2g}"), rel_tol=1e-9)


def test_markup_passes_and_text_does_not() -> None:
    assert text("a<b", Markup("<b>c</b>"), None) == "a&lt;b<b>c</b>"
    assert tag("p", "&", class_='"', aria_label=None, tabindex=0) == (
        '<p class="&quot;" tabindex="0">&amp;</p>'
    )
    assert tag("img", alt="") == '<img alt="">'
    assert tag("path", d="M0 0") == '<path d="M0 0"/>'
