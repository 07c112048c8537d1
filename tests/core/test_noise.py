"""Random numbers of owners and quantities: SplitMix64's own words, the stated distribution, nothing in common."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

from ssbscreen.core.noise import (
    even_noise,
    even_noise_of,
    even_uniform_of,
    mixed,
    noise,
    noise_of,
    owner_keys,
    uniform,
    uniform_of,
)

OWNERS = owner_keys(f"candidate {i}" for i in range(400))
STREAMS = ("density", "ionic_conductivity", "bulk_modulus of a group", "impute density")


def test_words_are_those_of_splitmix64():
    """First five words for the seed 1234567, as published with implementations in many languages (Rosetta Code)."""
    words = mixed(np.uint64(1234567) + np.arange(1, 6, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    assert words.tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@pytest.mark.parametrize("draw", [noise_of, uniform_of])
@pytest.mark.parametrize("n", [0, 1, 3, 50, 64, 1000])
def test_numbers_do_not_hang_on_who_else_is_drawn(draw, n):
    whole = draw(3, OWNERS, "density", n)
    assert whole.shape == (400, n)
    assert whole.dtype == np.float32
    order = np.random.default_rng(0).permutation(400)
    assert draw(3, OWNERS[order], "density", n).tobytes() == whole[order].tobytes()
    for size in (1, 7, 33, 399):
        parts = [draw(3, OWNERS[first : first + size], "density", n) for first in range(0, 400, size)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert draw(3, OWNERS, "density", n + 5)[:, :n].tobytes() == whole.tobytes()
    one = noise if draw is noise_of else uniform
    assert one(3, "candidate 7", "density", n).tobytes() == whole[7].tobytes()
    assert draw(3, OWNERS[:0], "density", n).shape == (0, n)


def test_the_distributions_are_those_stated():
    normal, flat = noise_of(0, OWNERS, "density", 2500), uniform_of(0, OWNERS, "density", 2500)
    assert flat.min() >= 0.0
    assert flat.max() < 1.0
    for numbers, law in ((normal, stats.norm), (flat, stats.uniform)):
        values = numbers.ravel().astype(float)
        assert stats.kstest(values, law.cdf).pvalue > 1e-3
        for part in (numbers[:, ::2], numbers[:, 1::2], numbers[:, :1], numbers[:, -1:]):  # both of a pair, the ends
            assert stats.kstest(part.ravel().astype(float), law.cdf).pvalue > 1e-3
        counts = np.bincount(np.clip(law.cdf(values) * 1000, 0, 999).astype(int), minlength=1000)
        assert stats.chisquare(counts).pvalue > 1e-3
    assert normal.var() == pytest.approx(1.0, abs=0.006)
    assert (np.abs(normal) > 4.0).sum() == pytest.approx(2e6 * stats.norm.sf(4.0), abs=35)  # four times the error of 8
    means = normal.mean(axis=1).astype(float) * np.sqrt(2500)
    assert stats.kstest(means, "norm").pvalue > 1e-3


def test_owners_quantities_seeds_and_places_have_nothing_in_common():
    drawn = np.concatenate([noise_of(seed, OWNERS[:40], s, 4096) for seed in (0, 1) for s in STREAMS]).astype(float)
    for values in (drawn, drawn**2, np.abs(drawn) > 1.5):  # squares and tails neither
        related = np.corrcoef(values)[np.triu_indices(len(drawn), 1)] * np.sqrt(4096)
        assert np.abs(related).max() < 5.5  # 51,000 pairs of independent ones reach 4.3
        assert related.std() == pytest.approx(1.0, abs=0.02)
        one = values - values.mean(axis=1, keepdims=True)
        for lag in (1, 2, 3, 50, 64):
            together = (one[:, lag:] * one[:, :-lag]).mean() / one.var()
            assert abs(together) * np.sqrt(one[:, lag:].size) < 4.5
    across = noise_of(0, owner_keys(f"Li{i}" for i in range(20_000)), "density", 64).astype(float)
    related = np.corrcoef(across.T)[np.triu_indices(64, 1)] * np.sqrt(20_000)  # names in a row, draw by draw
    assert np.abs(related).max() < 5.0
    neighbours = (across[1:] * across[:-1]).mean() * np.sqrt(across[1:].size)
    assert abs(neighbours) < 4.5


def test_pairs_fill_the_square():
    first, second = (uniform_of(0, OWNERS, stream, 1000).ravel() for stream in STREAMS[:2])
    for one, other in ((first, second), (first[::2], first[1::2])):
        cells = (one * 50).astype(int) * 50 + (other * 50).astype(int)
        assert stats.chisquare(np.bincount(cells, minlength=2500)).pvalue > 1e-3


def test_threads_do_not_disturb_each_other():
    owners = [f"candidate {i}" for i in range(200)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda owner: noise(0, owner, "x", 500), owners))
    assert np.array_equal(np.stack(found), noise_of(0, owner_keys(owners), "x", 500))


def test_even_numbers_have_no_mean_and_belong_to_their_stream():
    drawn = even_noise(0, "", "family garnet", 50)
    assert drawn.mean() == pytest.approx(0.0, abs=1e-12)
    assert drawn.std() == pytest.approx(1.0, abs=0.03)
    assert np.array_equal(drawn, even_noise(0, "", "family garnet", 50))
    assert abs(np.corrcoef(drawn, even_noise(0, "", "family lgps", 50))[0, 1]) < 0.5


@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_even_numbers_of_owners_have_one_number_in_every_part(n):
    normal, flat = even_noise_of(3, OWNERS, "density", n), even_uniform_of(3, OWNERS, "density", n)
    assert np.array_equal(np.sort(np.floor(flat * n), axis=1), np.tile(np.arange(n), (400, 1)))
    assert np.array_equal(np.sort(np.floor(stats.norm.cdf(normal) * n), axis=1), np.tile(np.arange(n), (400, 1)))
    assert np.abs(normal.mean(axis=1)).max() < 1e-6
    if n > 1:
        assert normal.std(axis=1) == pytest.approx(1.0, abs=1e-6)
    for draw, whole in ((even_noise_of, normal), (even_uniform_of, flat)):  # whoever else is drawn
        assert draw(3, OWNERS[::-1], "density", n).tobytes() == whole[::-1].tobytes()
        assert draw(3, OWNERS[:0], "density", n).shape == (0, n)
    with pytest.raises(ValueError, match="from 1 to 8"):
        even_noise_of(3, OWNERS, "density", 9)


def test_even_numbers_come_in_all_orders_and_streams_have_nothing_in_common():
    keys = owner_keys(f"Li{i}" for i in range(24_000))
    order = np.argsort(even_noise_of(0, keys, "density", 4), axis=1) @ [64, 16, 4, 1]
    assert stats.chisquare(np.unique(order, return_counts=True)[1]).pvalue > 1e-3
    assert len(np.unique(order)) == 24
    for draw in (even_noise_of, even_uniform_of):
        related = np.corrcoef([draw(0, keys, s, 8).ravel() for s in STREAMS])[np.triu_indices(len(STREAMS), 1)]
        assert np.abs(related).max() * np.sqrt(24_000 * 8) < 4.5
    assert stats.kstest(even_uniform_of(0, keys, "density", 8)[:, 0].astype(float), "uniform").pvalue > 1e-3
