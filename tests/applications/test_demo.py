"""The demonstration: quick, honest, the same each time, and it leaves two good files."""

from pathlib import Path

import numpy as np
import pytest
import torch

from embudo import Callback, OutputError, ParameterError, load
from embudo.applications import trials
from embudo.applications.demo import DemoRequest, DemoResult, run


class Epochs(Callback):
    def __init__(self) -> None:
        self.seen: list[int] = []

    def on_epoch(self, run: object) -> None:
        self.seen.append(run.epoch)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def listener() -> Epochs:
    return Epochs()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results") / "a" / "demo"


@pytest.fixture(scope="module")
def result(out: Path, listener: Epochs) -> DemoResult:
    return run(DemoRequest(out, seed=3, epochs=8), [listener])


def test_listeners_hear_of_every_epoch(result: DemoResult, listener: Epochs) -> None:
    assert listener.seen == list(range(1, 9))


def test_training_loses_less_and_less(result: DemoResult) -> None:
    losses = result.history["kl_divergence"]
    assert len(losses) == 8
    assert losses[-1] < 0.85 * losses[0]
    gains = result.history["pseudo_log_likelihood"]
    assert gains[-1] > gains[0] + 1


def test_three_kinds_of_features_are_compared(result: DemoResult) -> None:
    names, sizes, accuracies = zip(*result.comparison, strict=True)
    assert names == ("raw pixels", "PCA", "RBM")
    assert sizes == (64, 48, 48)
    assert accuracies[0] > 0.93  # known of these digits and a linear classifier
    assert accuracies[1] > 0.9
    assert accuracies[2] > 0.8


def test_accuracies_are_those_of_the_saved_model_on_rows_it_never_saw(result: DemoResult) -> None:
    train, test = trials.split_digits(3)
    again = trials.try_out(load(result.model_path), train, test, 3)
    assert again.comparison == result.comparison
    assert again.few_labels == result.few_labels
    assert len(train.labels) + len(test.labels) == 1797
    seen = {row.tobytes() for row in train.grey}
    assert not any(row.tobytes() in seen for row in test.grey)


def test_few_labels_are_ten_of_each_digit_drawn_anew() -> None:
    train, _ = trials.split_digits(0)
    draws = trials.few_of_each(train.labels, 0)
    assert all(np.bincount(train.labels[rows]).tolist() == [10] * 10 for rows in draws)
    assert len({tuple(rows) for rows in draws}) == len(draws) == 10


def test_fewer_labels_tell_less(result: DemoResult) -> None:
    for many, few in zip(result.comparison, result.few_labels, strict=True):
        assert few[:2] == many[:2]
        assert 0.5 < few.accuracy < many.accuracy


def test_training_images_are_black_and_white_and_grey_on_average() -> None:
    train, _ = trials.split_digits(0)
    assert set(np.unique(train.drawn)) == {0.0, 1.0}
    error = train.drawn.mean(0) - train.grey.mean(0)
    deviation = np.sqrt((train.grey * (1 - train.grey)).sum(0)) / len(train.grey)
    assert np.all(np.abs(error) <= 4.5 * deviation + 1e-6)


def test_the_model_cleans_images(result: DemoResult) -> None:
    _, test = trials.split_digits(3)
    cleaned = trials.denoise(load(result.model_path), test, 3)
    assert cleaned.error_before == pytest.approx(0.084, abs=0.006)
    assert cleaned.error_after < 0.65 * cleaned.error_before
    share = f"{cleaned.error_after / cleaned.error_before:.0%}"
    assert any(share in note for note in result.notes)


def test_the_page_tells_the_numbers_of_the_result(result: DemoResult) -> None:
    source = result.report_path.read_text()
    for name, size, accuracy in result.comparison:
        assert f'scope="row">{name}</th><td>{size}</td><td>{accuracy:.1%}</td>' in source
    assert str(result.model_path) in source
    assert len(source.encode()) < 1_500_000


def test_only_two_files_are_left(result: DemoResult, out: Path) -> None:
    assert sorted(path.name for path in out.iterdir()) == ["rbm.embudo", "report.html"]


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path) -> None:
    first, second = (run(DemoRequest(tmp_path, seed=5, epochs=1)) for _ in range(2))
    assert first.comparison == second.comparison
    assert first.history["kl_divergence"] == second.history["kl_divergence"]
    assert first.notes == second.notes


def test_threads_are_given_back(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    run(DemoRequest(tmp_path, epochs=1))
    assert torch.get_num_threads() == before


def test_a_file_in_the_way_is_found_before_training(tmp_path: Path, listener: Epochs) -> None:
    (tmp_path / "demo").write_text("mine")
    unheard = Epochs()
    with pytest.raises(OutputError, match="demo"):
        run(DemoRequest(tmp_path / "demo"), [unheard])
    (tmp_path / "folder" / "report.html").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"report\.html"):
        run(DemoRequest(tmp_path / "folder"), [unheard])
    assert unheard.seen == []
    assert (tmp_path / "demo").read_text() == "mine"


@pytest.mark.parametrize(("seed", "epochs"), [(-1, 1), (0, 0)])
def test_what_cannot_be_is_refused(tmp_path: Path, seed: int, epochs: int) -> None:
    with pytest.raises(ParameterError):
        run(DemoRequest(tmp_path / "demo", seed=seed, epochs=epochs))
    assert not (tmp_path / "demo").exists()
