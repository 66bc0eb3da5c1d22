"""The Boltzmann machine as a module: whole gradients, the RBM within it, and its log Z."""

import numpy as np
import pytest
import torch

from embudo import ParameterError
from embudo.data.batches import Batch
from embudo.kernels import boltzmann_clamped as clamped
from embudo.kernels.boltzmann import allowed, energy
from embudo.kernels.boltzmann_states import averages
from embudo.kernels.energies import energy as rbm_energy
from embudo.kernels.energies import free_energy, hidden_mean, visible_mean
from embudo.kernels.partition import log_partition as rbm_log_partition
from embudo.modules.boltzmann import BoltzmannLearning, BoltzmannModule
from embudo.modules.boltzmann_likelihood import machinery
from embudo.modules.boltzmann_measures import column_log_likelihoods, imputed, measures
from embudo.modules.learning import Learning
from embudo.modules.likelihood import Annealing, log_partition
from embudo.modules.rbm import RBMModule
from oracles.binary import BinaryRBM
from oracles.boltzmann import BoltzmannOracle, states

N_VISIBLE, N_HIDDEN = 3, 3
N = N_VISIBLE + N_HIDDEN
LATERALS = ("both", "visible", "hidden", "none")
each_lateral = pytest.mark.parametrize("lateral", LATERALS)
ROWS = 5
SINGLE = 3e-6  # gradients come back in single precision


def learning(**changes):
    chosen = {
        "algorithm": "exact",
        "steps": 1,
        "mean_field_steps": 500,
        "mean_field_tolerance": 1e-10,
        "centered": False,
        "resample": False,
        "precision": torch.float64,
    }
    return BoltzmannLearning(**{**chosen, **changes})


def module_of(known, lateral, n_chains=4):
    module = BoltzmannModule(known.n_visible, known.n - known.n_visible, lateral, n_chains)
    module.coupling.copy_(torch.tensor(known.L))
    module.bias.copy_(torch.tensor(known.b))
    return module


def rounded(lateral, sizes=(N_VISIBLE, N_HIDDEN), **settings):
    """An oracle whose numbers single precision holds exactly."""
    known = BoltzmannOracle.random(*sizes, lateral, **settings)
    return BoltzmannOracle(np.round(known.L * 64) / 64, np.round(known.b * 64) / 64, sizes[0])


class Data:
    """Rows of zeros and ones in numpy, and the batch that they make."""

    def __init__(self, weighted=False, holes=False):
        rng = np.random.default_rng(3)
        self.observed = rng.random((ROWS, N_VISIBLE)) < (0.7 if holes else 1)
        self.V = rng.integers(0, 2, (ROWS, N_VISIBLE)) * 1.0 * self.observed
        self.weight = rng.uniform(0.2, 2, ROWS) / ROWS if weighted else np.full(ROWS, 1 / ROWS)
        self.batch = Batch(
            torch.tensor(self.V),
            torch.tensor(self.observed * 1.0) if holes else None,
            torch.tensor(self.weight) if weighted else None,
        )

    def slope(self, known):
        """Minus the gradient of the log-likelihood, by finite differences."""
        dL, db = known.gradient(lambda m: m.log_likelihood(self.V, self.observed, self.weight))
        return -dL, -db


def gradient(module, batch, seed=0, **changes):
    (objective,) = module.objectives(learning(**changes))
    value, (pair, mean) = objective.gradient(batch, torch.Generator().manual_seed(seed))
    return float(value), pair.numpy(), mean.numpy()


@pytest.mark.parametrize(
    ("weighted", "holes"),
    [(False, False), (True, False), (False, True), (True, True)],
    ids=["plain", "weighted", "with holes", "weighted, with holes"],
)
@each_lateral
def test_the_exact_gradient_is_the_slope_of_the_log_likelihood(lateral, weighted, holes):
    known, data = rounded(lateral), Data(weighted, holes)
    value, pair, mean = gradient(module_of(known, lateral), data.batch)
    dL, db = data.slope(known)
    mask = allowed(N_VISIBLE, N_HIDDEN, lateral).numpy()
    np.testing.assert_allclose(pair, dL * mask, atol=SINGLE)
    np.testing.assert_allclose(mean, db, atol=SINGLE)
    assert value == pytest.approx((db**2).sum(), rel=1e-4)
    assert (pair == pair.T).all()


@each_lateral
def test_the_centred_gradient_is_that_of_the_centred_parameters(lateral):
    """With c = b + L m fixed, E = -(s-m)'L(s-m)/2 - c(s-m): its slope, carried back to b."""
    known, data = rounded(lateral), Data()
    module = module_of(known, lateral)
    module.offset.copy_(torch.tensor([0.2, 0.5, 0.9, 0.4, 0.5, 0.7]))
    before = module.offset.double().numpy()
    _, pair, mean = gradient(module, data.batch, centered=True)
    m = module.offset.double().numpy()
    hidden = np.mean([known.conditional_averages(v)[0] for v in data.V], 0)[N_VISIBLE:]
    np.testing.assert_allclose(m[N_VISIBLE:], 0.99 * before[N_VISIBLE:] + 0.01 * hidden, atol=1e-6)
    np.testing.assert_array_equal(m[:N_VISIBLE], before[:N_VISIBLE])
    centred = BoltzmannOracle(known.L, known.b + known.L @ m, N_VISIBLE)

    def likelihood(machine):
        plain = BoltzmannOracle(machine.L, machine.b - machine.L @ m, N_VISIBLE)
        return plain.log_likelihood(data.V)

    dL, dc = (-part for part in centred.gradient(likelihood))
    dL *= allowed(N_VISIBLE, N_HIDDEN, lateral).numpy()
    np.testing.assert_allclose(pair, dL, atol=SINGLE)
    np.testing.assert_allclose(mean, dc - dL @ m, atol=SINGLE)


@pytest.mark.parametrize("precision", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("lateral", ["visible", "none"])
def test_persistent_chains_find_the_exact_gradient_on_average(lateral, precision):
    """Where mean field is exact, chains that stand in equilibrium give the slope but for noise."""
    known, data = rounded(lateral), Data(weighted=True)
    n = 40_000
    module = module_of(known, lateral, n)
    start = np.random.default_rng(5).choice(2**N, n, p=known.probabilities())
    module.chains.copy_(torch.tensor(states(N)[start]))
    _, pair, mean = gradient(module, data.batch, algorithm="pcd", precision=precision)
    dL, db = data.slope(known)
    bound = 4.5 * 0.5 / n**0.5 * max(1, data.weight.sum())
    assert abs(pair - dL * allowed(N_VISIBLE, N_HIDDEN, lateral).numpy()).max() < bound
    assert abs(mean - db).max() < bound
    assert not np.array_equal(module.chains.numpy(), states(N)[start])


def test_mean_field_stands_for_hidden_units_that_touch():
    known, data = rounded("both"), Data()
    n = 40_000
    module = module_of(known, "both", n)
    start = np.random.default_rng(6).choice(2**N, n, p=known.probabilities())
    module.chains.copy_(torch.tensor(states(N)[start]))
    _, pair, mean = gradient(module, data.batch, algorithm="pcd")
    how = {"sweeps": 500, "tolerance": 1e-10}
    m = clamped.mean_field_means(torch.tensor(data.V), module.machine(torch.float64), **how)
    model_mean, model_pair = averages(module.machine(torch.float64))
    expected = model_pair - m.t() @ m / ROWS
    bound = 4.5 * 0.5 / n**0.5
    assert abs(pair - expected.fill_diagonal_(0).numpy()).max() < bound
    assert abs(mean - (model_mean - m.mean(0)).numpy()).max() < bound


class TestRestricted:
    """Without couplings inside its layers it is a restricted Boltzmann machine."""

    def pair(self):
        rbm = BinaryRBM.random(N_VISIBLE, N_HIDDEN)
        W, a, b = (np.round(part * 64) / 64 for part in (rbm.W, rbm.a, rbm.b))
        L = np.zeros((N, N))
        L[:N_VISIBLE, N_VISIBLE:], L[N_VISIBLE:, :N_VISIBLE] = W, W.T
        module = module_of(
            BoltzmannOracle(L, np.concatenate((a, b)), N_VISIBLE), "none", n_chains=4
        )
        other = RBMModule([("bernoulli", 1, N_VISIBLE)], N_HIDDEN, "bernoulli", 4)
        for parameter, value in zip(
            (other.weight, other.visible_bias, other.hidden_bias), (W, a, b), strict=True
        ):
            parameter.copy_(torch.tensor(value))
        return module, other

    def test_energies_conditionals_and_log_z(self):
        module, rbm = self.pair()
        own, known = module.machine(torch.float64), rbm.machine(torch.float64)
        S = torch.tensor(states(N))
        v, h = S[:, :N_VISIBLE].contiguous(), S[:, N_VISIBLE:].contiguous()
        np.testing.assert_allclose(energy(S, own), rbm_energy(v, h, known), atol=1e-12)
        np.testing.assert_allclose(-clamped.log_mass(v, own), free_energy(v, known), atol=1e-12)
        np.testing.assert_allclose(
            clamped.exact_means(v, own)[:, N_VISIBLE:], hidden_mean(v, known), atol=1e-12
        )
        np.testing.assert_allclose(
            clamped.decoded(h, own, sweeps=1, tolerance=0.0), visible_mean(h, known), atol=1e-12
        )
        found = log_partition(machinery(module), "exact", Annealing(), torch.Generator())
        assert found.value == pytest.approx(float(rbm_log_partition(known)), abs=1e-12)

    @pytest.mark.parametrize("centered", [False, True])
    def test_exact_gradient(self, centered):
        module, rbm = self.pair()
        data = Data(weighted=True)
        offset = torch.tensor([0.2, 0.5, 0.9, 0.4, 0.5, 0.7])
        module.offset.copy_(offset)
        rbm.visible_offset.copy_(offset[:N_VISIBLE])
        rbm.hidden_offset.copy_(offset[N_VISIBLE:])
        _, pair, mean = gradient(module, data.batch, centered=centered)
        how = Learning("exact", 1, centered, 0.1, 0.0, False, False, torch.float64)
        (objective,) = rbm.objectives(how)
        _, (weight, visible, hidden) = objective.gradient(data.batch, torch.Generator())
        np.testing.assert_allclose(pair[:N_VISIBLE, N_VISIBLE:], weight, atol=SINGLE)
        np.testing.assert_allclose(mean, torch.cat((visible, hidden)), atol=SINGLE)
        assert not pair[:N_VISIBLE, :N_VISIBLE].any()
        assert not pair[N_VISIBLE:, N_VISIBLE:].any()


@each_lateral
def test_it_starts_from_base_rates_with_small_symmetric_couplings(lateral):
    module = BoltzmannModule(4, 6, lateral, 30_000)
    mean = torch.tensor([0.1, 0.5, 30.0, 0.0])
    low, span = torch.tensor([0.0, 0, 10, 0]), torch.tensor([1.0, 1, 40, 1])
    module.initialise(mean, low, span, torch.Generator().manual_seed(0))
    coupling = module.coupling.numpy()
    assert (coupling == coupling.T).all()
    mask = allowed(4, 6, lateral).numpy().astype(bool)
    assert ((coupling != 0) == mask).all()
    assert coupling[mask].std() == pytest.approx(0.01, rel=0.4)
    rates = np.array([0.1, 0.5, 0.5, 0.001])
    np.testing.assert_allclose(module.bias.sigmoid()[:4], rates, atol=1e-6)
    assert abs(module.chains.mean(0)[:4].numpy() - rates).max() < 4.5 * 0.5 / 30_000**0.5
    x = torch.tensor([[0.3, 1, 10, 0], [0, 1, 60, 1], [0, 0, 40, 0]])
    v, _ = module.encode(x)
    np.testing.assert_allclose(v[:, 2], [0, 1, 0.75])  # beyond the range is its end
    np.testing.assert_allclose(module.decode(v)[:, 2], [10, 50, 40])


def test_log_partition_by_each_method():
    known = rounded("both", scale=1.5)
    module, steps = module_of(known, "both", 50), []
    annealing = Annealing(n_temperatures=100, n_chains=300, burn_in=30)

    def find(method):
        generator = torch.Generator().manual_seed(0)
        return log_partition(
            machinery(module), method, annealing, generator, lambda *told: steps.append(told)
        )

    for method in ("auto", "exact"):
        assert find(method).value == pytest.approx(known.log_partition(), abs=1e-9)
        assert find(method).method == "exact"
    assert not steps
    found = find("ais")
    assert found.trustworthy
    assert abs(found.forward - known.log_partition()) < 3 * found.error
    assert abs(found.reverse - known.log_partition()) < 3 * found.reverse_error + 0.02
    total = steps[-1][1]
    assert steps == [(done, total) for done in range(1, total + 1)]
    with pytest.raises(ParameterError, match="method must be one of auto, exact, ais"):
        find("guess")


def test_too_many_states_are_refused_in_numbers():
    module = BoltzmannModule(30, 25, "visible", 2)
    with pytest.raises(ParameterError, match=r"smaller layer, which here are 2\^30"):
        log_partition(machinery(module), "exact", Annealing(), torch.Generator())
    batch = Batch(torch.zeros(2, 5), torch.ones(2, 5))
    with pytest.raises(ParameterError, match="states of the 25 units beside a row with missing"):
        gradient(BoltzmannModule(5, 20, "none", 2), batch)
    with pytest.raises(ParameterError, match=r"at most 20,000 units, but here are 20,001"):
        BoltzmannModule(20_000, 1, "both", 2)


@pytest.mark.parametrize("holes", [False, True], ids=["whole", "with holes"])
def test_each_column_s_log_likelihood(holes):
    known = rounded("both")
    own = module_of(known, "both").machine(torch.float64)
    V = np.array([[1.0, 0.25, 0.0], [0.0, 1.0, 1.0]])
    seen = np.array([[True, True, False], [True, True, True]]) if holes else V >= 0
    V = V * seen
    expected = np.zeros_like(V)
    for r, c in zip(*np.nonzero(seen), strict=True):
        on, off = V[r].copy(), V[r].copy()
        on[c], off[c] = 1, 0
        gap = known.log_mass(on, seen[r]) - known.log_mass(off, seen[r])
        p = 1 / (1 + np.exp(-gap))
        expected[r, c] = V[r, c] * np.log(p) + (1 - V[r, c]) * np.log(1 - p)
    observed = torch.tensor(seen * 1.0) if holes else None
    found = column_log_likelihoods(torch.tensor(V), own, observed)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_clamped_chain_fills_holes_as_the_listing_does(monkeypatch):
    known = rounded("both")
    own = module_of(known, "both").machine(torch.float64)
    v, observed = torch.tensor([[1.0, 0, 0]]).double(), torch.tensor([[1.0, 0, 1]]).double()
    true, _ = known.conditional_averages(v[0].numpy(), np.array([True, False, True]))
    generator = torch.Generator().manual_seed(0)
    exact = imputed(v, observed, own, 10, generator)
    np.testing.assert_allclose(exact[0], true[:N_VISIBLE], atol=1e-12)
    monkeypatch.setattr(clamped, "is_enumerable", lambda n: False)
    many = imputed(v.expand(4000, -1), observed.expand(4000, -1), own, 50, generator)
    assert (many[:, [0, 2]] == v[0, [0, 2]]).all()
    assert float(many[:, 1].mean()) == pytest.approx(true[1], abs=0.01)


def test_measures_are_means_over_rows():
    known = rounded("both")
    module = module_of(known, "both")
    rows = Batch(torch.tensor(states(3)).float())
    found = measures(module, rows, Batch(rows.x[:2]))
    own = module.machine()
    expected = column_log_likelihoods(rows.x, own).sum(1)
    assert found["pseudo_log_likelihood"] == pytest.approx(float(expected.mean()), rel=1e-5)
    assert found["validation_pseudo_log_likelihood"] == pytest.approx(
        float(expected[:2].mean()), rel=1e-5
    )
    how = {"sweeps": 1000, "tolerance": 1e-9}
    h = clamped.mean_field_means(rows.x, own, **how)[:, 3:]
    r = clamped.decoded(h, own, **how)
    assert found["reconstruction_error"] == pytest.approx(
        float((r - rows.x).square().mean()), abs=1e-3
    )
