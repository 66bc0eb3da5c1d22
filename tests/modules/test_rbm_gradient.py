"""A whole gradient, from a batch with weights and holes, against the listing of all states."""

import numpy as np
import pytest
import torch

from embudo.data.adapt import as_table
from embudo.data.batches import Batch, Batches
from embudo.modules.learning import Learning
from oracles import learning as oracles
from oracles.binary import BinaryRBM, numbers

ROWS = 7
CHAINS = 40_000
BOUND = 4.5 * 0.5 / CHAINS**0.5  # of a mean of numbers between 0 and 1
EXACT = 2e-6  # gradients come back in single precision
PRECISIONS = {torch.float32: 0.0, torch.bfloat16: 0.008}  # and what rounding may add
every_precision = pytest.mark.parametrize("precision", PRECISIONS, ids=str)
every_batch = pytest.mark.parametrize(
    ("weighted", "holes"),
    [(False, False), (True, False), (False, True), (True, True)],
    ids=["plain", "weighted", "with holes", "weighted, with holes"],
)
without_holes = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])


def settings(**changes):
    chosen = {
        "algorithm": "exact",
        "steps": 1,
        "centered": False,
        "sparsity_target": 0.1,
        "sparsity_weight": 0.0,
        "learned_variance": False,
        "resample": False,
        "precision": torch.float64,
    }
    return Learning(**{**chosen, **changes})


def gradient(module, batch, generator, **changes):
    (objective,) = module.objectives(settings(**changes))
    value, parts = objective.gradient(batch, generator)
    return value, [part.double().numpy().copy() for part in parts.dense()]


class Data:
    """Rows of zeros and ones in numpy, and the batch that they make."""

    def __init__(self, n_visible, weighted=False, holes=False, copies=1):
        rng = np.random.default_rng(11)
        self.V = rng.integers(0, 2, (ROWS, n_visible)) * 1.0
        self.weight = rng.uniform(0.2, 2, ROWS) / ROWS if weighted else np.full(ROWS, 1 / ROWS)
        self.observed = np.ones(self.V.shape, bool)
        if holes:
            self.observed = rng.random(self.V.shape) < 0.7
            self.V *= self.observed
        weight = torch.from_numpy(self.weight / copies).float().repeat(copies)
        seen = torch.from_numpy(self.observed).float().repeat(copies, 1)
        rows = torch.from_numpy(self.V).float().repeat(copies, 1)
        self.batch = Batch(rows, seen if holes else None, weight if weighted else None)

    def positive(self, oracle):
        return oracles.data_moments(oracle, self.V, self.weight, self.observed)

    def gradient(self, oracle, model=None):
        """The model's moments (by default the exact ones) minus the data's."""
        if model is None:
            model = [part * self.weight.sum() for part in oracle.moments()]
        return [m - d for m, d in zip(model, self.positive(oracle), strict=True)]


def assert_close(found, expected, atol):
    for name, one, other in zip(("W", "a", "b"), found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=atol, err_msg=name)


def hidden_samples(oracle, n):
    p = oracle.joint().sum(0)
    drawn = np.random.default_rng(12).choice(len(p), n, p=p)
    return torch.from_numpy(oracle.hidden_states[drawn]).float()


@pytest.fixture(params=[(5, 3), (3, 5)], ids=["5 visible, 3 hidden", "3 visible, 5 hidden"])
def oracle(request, rounded):
    return rounded(BinaryRBM.random(*request.param, scale=1.5))


@without_holes
def test_exact(oracle, module_of, generator, weighted):
    data = Data(len(oracle.a), weighted)
    _, found = gradient(module_of(oracle), data.batch, generator)
    assert_close(found, data.gradient(oracle), EXACT)


@every_precision
@every_batch
@pytest.mark.parametrize("steps", [1, 3])
def test_contrastive_divergence(oracle, module_of, generator, weighted, holes, steps, precision):
    data = Data(len(oracle.a), weighted, holes, copies=CHAINS // ROWS)
    model = oracles.chain_moments(oracle, data.V, data.weight, data.observed, steps)
    _, found = gradient(
        module_of(oracle),
        data.batch,
        generator,
        algorithm="cd",
        steps=steps,
        precision=precision,
    )
    bound = 1.3 * BOUND + PRECISIONS[precision]  # unequal weights make fewer of the rows
    expected = data.gradient(oracle, model)
    assert_close(found, expected, bound)
    assert max(np.abs(part).max() for part in expected) > 5 * bound


@every_batch
def test_rows_with_holes_follow_the_likelihood_of_what_is_observed(
    rounded, module_of, generator, weighted, holes
):
    """Missing entries are drawn given the others, so their rows teach the whole machine."""
    oracle = rounded(BinaryRBM.random(5, 3, scale=0.7))
    data = Data(len(oracle.a), weighted, holes, copies=CHAINS // ROWS)
    _, found = gradient(module_of(oracle), data.batch, generator)
    expected = oracles.slope_of_observed(oracle, data.V, data.weight, data.observed)
    assert_close(found, expected, 1.3 * BOUND)


@every_precision
@without_holes
def test_persistent_chains_of_the_model_give_the_exact_gradient(
    oracle, module_of, generator, weighted, precision
):
    data = Data(len(oracle.a), weighted)
    module = module_of(oracle, CHAINS)
    module.chains.copy_(hidden_samples(oracle, CHAINS))
    _, found = gradient(module, data.batch, generator, algorithm="pcd", precision=precision)
    assert_close(found, data.gradient(oracle), 1.3 * BOUND + PRECISIONS[precision])
    p = oracle.joint().sum(0)
    counts = np.bincount(numbers(module.chains.numpy()), minlength=len(p))
    assert (np.abs(counts / CHAINS - p) < 4.5 * np.sqrt(p * (1 - p) / CHAINS)).all()


@pytest.mark.parametrize("steps", [1, 3])
def test_persistent_chains_go_on_from_where_they_stand(oracle, module_of, generator, steps):
    data = Data(len(oracle.a))
    module = module_of(oracle, CHAINS)
    module.chains.fill_(1)
    p = oracle.visible_given_hidden()[-1]
    for _ in range(2):
        _, found = gradient(module, data.batch, generator, algorithm="pcd", steps=steps)
        p = p @ np.linalg.matrix_power(oracle.transition(), steps - 1)
        assert_close(found, data.gradient(oracle, oracle.moments(p)), BOUND)
        p = p @ oracle.transition()


@pytest.mark.parametrize("algorithm", ["exact", "cd", "pcd"])
def test_a_model_that_fits_has_nothing_to_learn(rounded, module_of, generator, algorithm):
    oracle = rounded(BinaryRBM.random(3, 2, scale=1.5))
    copies = CHAINS // 8
    rows = torch.from_numpy(oracle.visible_states).float().repeat(copies, 1)
    weight = torch.from_numpy(oracle.visible_probabilities() / copies).float().repeat(copies)
    module = module_of(oracle, CHAINS)
    module.chains.copy_(hidden_samples(oracle, CHAINS))
    _, found = gradient(module, Batch(rows, None, weight), generator, algorithm=algorithm)
    zeros = [np.zeros_like(part) for part in (oracle.W, oracle.a, oracle.b)]
    # in CD the weights belong to the start: the heaviest of the 8 states makes the noise
    concentration = np.sqrt(8 * (oracle.visible_probabilities() ** 2).sum())
    assert_close(found, zeros, EXACT if algorithm == "exact" else BOUND * concentration)


def epoch(V, size, generator, module, sample_weight=None, **changes):
    """The gradients of an epoch, each with the share of the rows in its batch."""
    weight = None if sample_weight is None else torch.tensor(sample_weight, dtype=torch.float64)
    batches = Batches(as_table(V.astype(np.float32)), size, 0, weight=weight)
    for batch in batches.epoch(0):
        yield len(batch.x) / len(V), gradient(module, batch, generator, **changes)[1]


def weighted_sum(gradients):
    return [sum(parts) for parts in zip(*([s * p for p in g] for s, g in gradients), strict=True)]


def test_whole_sample_weights_equal_repeated_rows(oracle, module_of, generator):
    V, times = oracle.visible_states[:6], [1, 2, 5, 1, 3, 4]
    module = module_of(oracle)
    ((_, weighted),) = epoch(V, 6, generator, module, times)
    ((_, repeated),) = epoch(np.repeat(V, times, 0), 16, generator, module)
    assert_close(weighted, repeated, EXACT)


@pytest.mark.parametrize("sample_weight", [None, [1, 2, 5, 1, 3, 4, 2]], ids=["equal", "weighted"])
def test_batches_of_an_epoch_add_up_even_if_the_last_is_short(
    oracle, module_of, generator, sample_weight
):
    V, module = oracle.visible_states[:7], module_of(oracle)
    pieces = list(epoch(V, 3, generator, module, sample_weight))
    assert [round(share * 7) for share, _ in pieces] == [3, 3, 1]
    ((_, whole),) = epoch(V, 7, generator, module, sample_weight)
    assert_close(weighted_sum(pieces), whole, EXACT)


@pytest.mark.parametrize("rows", [1, 64, 100])
@pytest.mark.parametrize("n_chains", [1, 37, 100])
@every_precision
def test_units_that_never_change_have_no_gradient(module_of, generator, rows, n_chains, precision):
    """However many rows stand against however many chains, averages are compared, not sums."""
    module = module_of(BinaryRBM(np.zeros((3, 2)), np.full(3, 60.0), np.full(2, 60.0)), n_chains)
    module.chains.fill_(1)
    batch = Batch(torch.ones(rows, 3))
    _, found = gradient(module, batch, generator, algorithm="pcd", precision=precision)
    assert_close(found, [np.zeros((3, 2)), np.zeros(3), np.zeros(2)], 1e-6 + PRECISIONS[precision])


@without_holes
def test_centring_follows_the_centred_gradient_with_moving_offsets(
    oracle, module_of, generator, weighted
):
    data = Data(len(oracle.a), weighted)
    module = module_of(oracle)
    module.visible_offset.copy_(torch.linspace(0.1, 0.8, len(oracle.a)))
    m, before = module.visible_offset.double().numpy(), module.hidden_offset.double().numpy()
    _, found = gradient(module, data.batch, generator, centered=True)
    hidden_mean = data.positive(oracle)[2] / data.weight.sum()
    l = before + 0.01 * (hidden_mean - before)
    np.testing.assert_allclose(module.hidden_offset, l, rtol=0, atol=1e-6)
    assert_close(found, oracles.centred(data.gradient(oracle), m, l), EXACT)


@pytest.mark.parametrize("centered", [False, True])
def test_value_is_how_far_the_units_means_are_apart(oracle, module_of, generator, centered):
    data = Data(len(oracle.a))
    value, _ = gradient(module_of(oracle), data.batch, generator, centered=centered)
    _, visible, hidden = data.gradient(oracle)
    assert float(value) == pytest.approx((visible**2).sum() + (hidden**2).sum(), rel=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_sparsity_adds_the_slope_of_its_penalty(oracle, module_of, generator, weighted):
    data = Data(len(oracle.a), weighted)
    shares, target, factor = data.weight / data.weight.sum(), 0.05, 0.3

    def penalty(b):
        q = shares @ (1 / (1 + np.exp(-(data.V @ oracle.W + b))))
        return (target * np.log(target / q) + (1 - target) * np.log((1 - target) / (1 - q))).sum()

    steps = 1e-5 * np.eye(len(oracle.b))
    slope = [(penalty(oracle.b + s) - penalty(oracle.b - s)) / 2e-5 for s in steps]
    module = module_of(oracle)
    _, plain = gradient(module, data.batch, generator)
    _, sparse = gradient(
        module, data.batch, generator, sparsity_target=target, sparsity_weight=factor
    )
    np.testing.assert_allclose(sparse[2] - plain[2], factor * np.array(slope), atol=1e-6)
    np.testing.assert_array_equal(sparse[1], plain[1])
    assert np.abs(sparse[0] - plain[0]).max() > 0.01


def test_bias_of_contrastive_divergence_shrinks_with_its_steps(rounded, module_of, generator):
    oracle = rounded(BinaryRBM.random(8, 5, seed=1, scale=2.5))
    V = np.random.default_rng(3).integers(0, 2, (20, 8)) * 1.0
    exact = gradient(module_of(oracle), Batch(torch.from_numpy(V).float()), generator)[1]
    many = Batch(torch.from_numpy(V).float().repeat(CHAINS // 20, 1))
    p = np.bincount(numbers(V), minlength=2**8) / len(V)
    model = oracle.moments()
    bias = {}
    for steps in (1, 5, 25):
        _, found = gradient(module_of(oracle), many, generator, algorithm="cd", steps=steps)
        bias[steps] = np.linalg.norm(found[0] - exact[0]) / np.linalg.norm(exact[0])
        after = oracle.moments(p @ np.linalg.matrix_power(oracle.transition(), steps))
        expected = np.linalg.norm(after[0] - model[0]) / np.linalg.norm(exact[0])
        assert bias[steps] == pytest.approx(expected, abs=0.01)
    assert bias[1] > 2 * bias[5] > 10 * bias[25], bias
    assert bias[25] < 0.03, bias
