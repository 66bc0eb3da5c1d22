"""The deep machine against the list of all its states."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from embudo.kernels import ais, chains, deep, partition
from embudo.kernels.contrast import Moments, Phase, centre, contrast
from embudo.kernels.energies import Machine, energy
from embudo.kernels.twin import Twin
from embudo.kernels.units import HIDDEN, Bernoulli
from oracles.deep import DeepMachine, states, twin_moments

pytestmark = pytest.mark.slow

SIZES = [(3, 4), (3, 4, 2), (3, 2, 3, 2), (2, 3, 2, 2, 3)]
each_size = pytest.mark.parametrize("sizes", SIZES, ids=str)


def machine_of(oracle):
    """Even layers on one side, odd ones on the other."""
    places = deep.stretches(oracle.sizes)
    W = np.zeros((sum(oracle.sizes[::2]), sum(oracle.sizes[1::2])))
    for layer, (low, high) in enumerate(pairwise(places)):
        if layer % 2:
            W[high, low] = oracle.W[layer].T
        else:
            W[low, high] = oracle.W[layer]
    sides = [np.concatenate(oracle.b[side::2]) for side in (0, 1)]
    return Machine(*(torch.from_numpy(part) for part in (W, *sides)), Bernoulli(), Bernoulli())


def layered(oracle):
    return deep.split(machine_of(oracle), oracle.sizes, Bernoulli())


def cut(oracle, S):
    return [torch.from_numpy(part) for part in oracle.layers(S)]


@each_size
def test_a_split_machine_has_the_layers_weights_as_views(sizes):
    oracle, machine = DeepMachine.random(sizes), machine_of(DeepMachine.random(sizes))
    parts = deep.split(machine, sizes, Bernoulli())
    for found, expected in zip(parts.weights, oracle.W, strict=True):
        np.testing.assert_array_equal(found, expected)
    for found, expected in zip(parts.biases, oracle.b, strict=True):
        np.testing.assert_array_equal(found, expected)
    parts.weights[-1].zero_()
    assert machine.weight.count_nonzero() == sum(W.size for W in oracle.W[:-1])


@each_size
def test_energy_of_every_state(sizes):
    oracle = DeepMachine.random(sizes)
    S = oracle.all_states
    found = energy(*deep.sides(cut(oracle, S)), machine_of(oracle))
    np.testing.assert_allclose(found, oracle.energy(S), atol=1e-12)


@each_size
def test_each_layer_given_its_neighbours(sizes):
    oracle = DeepMachine.random(sizes)
    S = oracle.all_states
    for layer in range(len(sizes)):
        found = torch.sigmoid(deep.field(cut(oracle, S), layer, layered(oracle)))
        np.testing.assert_allclose(found, oracle.layer_given_rest(S, layer), atol=1e-12)


@each_size
def test_upside_down_it_has_the_same_fields(sizes):
    oracle = DeepMachine.random(sizes)
    parts, turned = cut(oracle, oracle.all_states), layered(oracle).flipped()
    for layer in range(len(sizes)):
        found = deep.field(parts[::-1], len(sizes) - 1 - layer, turned)
        torch.testing.assert_close(found, deep.field(parts, layer, layered(oracle)))


@each_size
def test_the_lowest_layer_held_leaves_a_machine_of_the_others(sizes):
    oracle = DeepMachine.random(sizes)
    v, *hidden = cut(oracle, oracle.all_states)
    rest = layered(oracle).given_lowest(v)
    for layer in range(len(hidden)):
        found = deep.field(hidden, layer, rest)
        torch.testing.assert_close(found, deep.field([v, *hidden], layer + 1, layered(oracle)))


@each_size
def test_links_are_where_two_neighbouring_layers_meet(sizes):
    oracle = DeepMachine.random(sizes)
    found, weight = deep.links(sizes), machine_of(oracle).weight
    if found is None:
        assert bool((weight != 0).all())
    else:
        torch.testing.assert_close(found.bool(), weight != 0)


@each_size
def test_log_z_by_enumeration_of_one_side(sizes):
    oracle = DeepMachine.random(sizes)
    found = partition.log_partition(machine_of(oracle))
    assert float(found) == pytest.approx(oracle.log_partition(), abs=1e-10)


@each_size
def test_moments_by_enumeration(sizes):
    oracle = DeepMachine.random(sizes)
    found = partition.model_moments(machine_of(oracle))
    pairs, means = oracle.moments()
    parts = deep.split(Machine(*found, Bernoulli(), Bernoulli()), sizes, Bernoulli())
    for link, expected in zip(parts.weights, pairs, strict=True):
        np.testing.assert_allclose(link, expected, atol=1e-12)
    for layer, expected in zip(parts.biases, means, strict=True):
        np.testing.assert_allclose(layer, expected, atol=1e-12)


@pytest.mark.parametrize("sizes", [(2, 3, 2), (2, 2, 2, 2)], ids=str)
def test_a_sweep_over_even_and_odd_layers_leaves_the_model_as_it_is(sizes, generator):
    """From exact draws, frequencies after a sweep are those before it, within five errors."""
    oracle = DeepMachine.random(sizes, scale=1.5)
    rng, n = np.random.default_rng(0), 40_000
    S = oracle.all_states[rng.choice(len(oracle.all_states), n, p=oracle.joint())]
    machine = machine_of(oracle)
    _, odd = deep.sides(cut(oracle, S))
    end = chains.sweep(odd, machine, generator)
    h = machine.hidden.sample(end.hidden_given, generator)
    places = deep.stretches(sizes)
    parts = [(end.visible, h)[layer % 2][:, place] for layer, place in enumerate(places)]
    numbers = torch.cat(parts, 1).numpy() @ 2.0 ** np.arange(sum(sizes))[::-1]
    found = np.bincount(numbers.astype(int), minlength=len(oracle.all_states)) / n
    p = oracle.joint()
    assert (abs(found - p) < 5 * np.sqrt(p * (1 - p) / n) + 1e-12).all()


def test_centring_leaves_units_that_are_not_joined_without_slope():
    """The gradient of the machine in centred units, layer by layer, carried back by hand."""
    sizes = (3, 2, 3, 2)
    rng = np.random.default_rng(0)
    even, odd = (torch.from_numpy(rng.random((7, n))) for n in (6, 4))
    other = Phase(even.flip(0), odd.flip(1))
    mu, la = (torch.from_numpy(rng.random(n)) for n in (6, 4))
    links = deep.links(sizes).double()
    plain = contrast(Phase(even, odd), other)
    plain = Moments(plain.weight.dense() * links, *plain[1:])
    found = centre(plain, mu, la, links)
    shifted = [(v - mu, h - la) for v, h in ((even, odd), (other.v, other.h))]
    pairs = [v.t() @ h / len(v) for v, h in shifted]
    weight = (pairs[1] - pairs[0]) * links
    torch.testing.assert_close(found.weight, weight)
    torch.testing.assert_close(found.visible, other.v.mean(0) - even.mean(0) - weight @ la)
    torch.testing.assert_close(found.hidden, other.h.mean(0) - odd.mean(0) - weight.t() @ mu)


@pytest.mark.parametrize("side", ["even", "odd"])
def test_annealing_agrees_with_enumeration_within_three_errors(side, generator):
    """Over the even layers with the odd ones summed out, and the other way round."""
    betas, rng = ais.default_betas(28), np.random.default_rng(0)
    scores, errors = [], []
    for seed in range(12):
        oracle = DeepMachine.random(SIZES[1 + seed % 3], seed=seed, scale=0.7)
        machine = machine_of(oracle)
        S = oracle.all_states[rng.choice(len(oracle.all_states), 100, p=oracle.joint())]
        drawn = deep.sides(cut(oracle, S))[0 if side == "even" else 1]
        machine = machine if side == "even" else machine.transposed()
        path = ais.RestrictedPath(machine, torch.zeros_like(machine.visible_bias))
        forward = ais.log_partition(path, betas, 100, generator)
        reverse = ais.reverse_log_partition(path, betas, drawn, generator)
        exact = oracle.log_partition()
        scores.append([(e.value - exact) / e.error for e in (forward, reverse)])
        errors.append([forward.error, reverse.error])
    scores = np.abs(scores)
    assert np.median(errors) < 0.05
    assert (scores > 3).sum(0).max() <= 1
    assert scores.mean() > 0.5


@pytest.mark.parametrize("twin_visible", [False, True])
@pytest.mark.parametrize("twin_hidden", [False, True])
def test_layers_that_stand_twice(twin_visible, twin_hidden):
    """What is enumerated with both copies spelled out, where one side can be summed."""
    if twin_visible and twin_hidden:
        return
    rng = np.random.default_rng(1)
    W, a, b = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=2)
    units = [Twin(HIDDEN["bernoulli"]) if t else Bernoulli() for t in (twin_visible, twin_hidden)]
    machine = Machine(*(torch.from_numpy(part) for part in (W, a, b)), *units)
    *moments, log_z = twin_moments(W, a, b, twin_visible, twin_hidden)
    assert float(partition.log_partition(machine)) == pytest.approx(log_z, abs=1e-10)
    for found, expected in zip(partition.model_moments(machine), moments, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-10)


def test_a_twin_draws_two_units(generator):
    p = torch.tensor([0.0, 0.3, 1.0]).expand(20_000, 3)
    found = Twin(Bernoulli()).sample(p, generator)
    counts = torch.stack([(found == k).double().mean(0) for k in range(3)])
    q = p[0].double()
    expected = torch.stack([(1 - q) ** 2, 2 * q * (1 - q), q**2])
    torch.testing.assert_close(counts, expected, atol=0.017, rtol=0)


def test_the_bound_is_that_of_the_list_of_states():
    rng = np.random.default_rng(2)
    for sizes in SIZES:
        oracle = DeepMachine.random(sizes)
        V = states(sizes[0])
        means = [rng.random((len(V), n)) for n in sizes[1:]]
        found = deep.lower_bound(
            torch.from_numpy(V), [torch.from_numpy(m) for m in means], machine_of(oracle)
        )
        expected = [oracle.bound(v, [m[i] for m in means]) for i, v in enumerate(V)]
        np.testing.assert_allclose(found - oracle.log_partition(), expected, atol=1e-10)
