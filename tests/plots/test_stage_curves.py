"""The curves of a training in stages follow each other."""

from embudo import History
from embudo.plots import LearningCurveDisplay
from embudo.training.history import Row


def history() -> History:
    """Two epochs of one stage and three of the next, which has a measure of its own."""
    first = [Row(at + 1, 1, 0.1, 0.1, {"loss": 5.0 - at}, "layer 1") for at in range(2)]
    second = [
        Row(at + 1, 1, 0.1, 0.1, {"loss": 3.0 - at, "accuracy": at / 2}, "labels")
        for at in range(3)
    ]
    return History([*first, *second])


def test_epochs_are_counted_through_the_stages() -> None:
    loss, accuracy = LearningCurveDisplay.from_history(history()).axes_
    curves = [line for line in loss.lines if len(line.get_xdata()) > 1 and line.get_alpha() is None]
    spans = [(list(c.get_xdata()), list(c.get_ydata())) for c in curves if c.get_marker() == "None"]
    assert spans[0] == ([1, 2], [5, 4])
    assert spans[1] == ([3, 4, 5], [3, 2, 1])
    assert [list(c.get_xdata()) for c in accuracy.lines[:1]] == [[3, 4, 5]]
    assert loss.get_xlim() == accuracy.get_xlim() == (0.5, 5.5)


def test_stages_have_their_names_and_lines_between_them() -> None:
    loss, _ = LearningCurveDisplay.from_history(history()).axes_
    assert [label.get_text() for label in loss.get_xticklabels()] == ["layer 1", "labels"]
    assert list(loss.get_xticks()) == [1.5, 4]
    assert [line.get_xdata()[0] for line in loss.lines if line.get_linestyle() == ":"] == [2.5]
    assert [text.get_text() for text in loss.texts] == ["4", "1"]
