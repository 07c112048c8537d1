"""Random numbers that belong to one owner and one quantity, for many owners at once.

They are a function of seed, owner, quantity and place alone: neither order and number of owners nor blocks, workers and
threads have an influence. Where a stream starts is decided by hashes (BLAKE2b) of the owner and of seed and quantity;
from there it runs as SplitMix64 does (Steele, Lea and Flood, OOPSLA 2014, 10.1145/2660193.2660195), whose n-th word
needs no word before it. Normal numbers come in pairs from one word (Box and Muller, Ann. Math. Stat. 29, 610 (1958),
10.1214/aoms/1177706645).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from itertools import permutations
from statistics import NormalDist
from typing import Final

import numpy as np

_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)  # the three constants of SplitMix64
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_WORDS: Final = 1 << 14  # made at once, so that they stay in the cache
_UNIT: Final = np.float32(2.0**-32)
MOST_EVEN: Final = 8  # even numbers at once: of more there are too many orders for a table


def owner_keys(owners: Iterable[str]) -> np.ndarray:
    """What owners are known by here; hashing them once serves all their quantities.  # (m,) uint64"""
    digests = b"".join(hashlib.blake2b(owner.encode(), digest_size=8).digest() for owner in owners)
    return np.frombuffer(digests, dtype="<u8")


def noise_of(seed: int, keys: np.ndarray, stream: str, n: int) -> np.ndarray:
    """Standard normal numbers of every owner.  # (m, n) float32

    A longer request starts with the numbers of a shorter one.

    Args:
        seed: of the run.
        keys: of the owners, by `owner_keys`.  # (m,)
        stream: name of the quantity.
        n: numbers of each owner.
    """
    found = np.empty((len(keys), n), dtype=np.float32)
    for rows, halves in _halves(seed, keys, stream, n):
        radius = halves[..., 1].astype(np.float32)
        radius += np.float32(0.5)  # never the logarithm of 0
        radius *= _UNIT
        np.log(radius, out=radius)
        radius *= np.float32(-2.0)
        np.sqrt(radius, out=radius)
        angle = halves[..., 0].astype(np.float32)
        angle *= np.float32(2.0 * np.pi) * _UNIT
        pairs = np.empty(halves.shape, dtype=np.float32)
        np.multiply(radius, np.cos(angle), out=pairs[..., 0])
        np.multiply(radius, np.sin(angle), out=pairs[..., 1])
        found[rows] = pairs.reshape(len(pairs), -1)[:, :n]
    return found


def uniform_of(seed: int, keys: np.ndarray, stream: str, n: int) -> np.ndarray:
    """Numbers in [0, 1) with the same promises as `noise_of`.  # (m, n) float32"""
    found = np.empty((len(keys), n), dtype=np.float32)
    for rows, halves in _halves(seed, keys, stream, n):
        np.multiply(halves.reshape(len(halves), -1)[:, :n] >> np.uint32(8), np.float32(2.0**-24), out=found[rows])
    return found


def noise(seed: int, owner: str, stream: str, n: int) -> np.ndarray:
    """Standard normal numbers of one owner, or, with the owner "", of what all candidates share.  # (n,) float32"""
    return noise_of(seed, owner_keys([owner]), stream, n)[0]


def uniform(seed: int, owner: str, stream: str, n: int) -> np.ndarray:
    """Numbers in [0, 1) of one owner.  # (n,) float32"""
    return uniform_of(seed, owner_keys([owner]), stream, n)[0]


def even_noise(seed: int, owner: str, stream: str, n: int) -> np.ndarray:
    """The n middle quantiles of the standard normal distribution in an order that belongs to owner and stream.  # (n,)

    For few draws that many candidates share: their mean is exactly 0, where that of `noise` would favour some.
    """
    quantiles = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])
    return quantiles[np.argsort(noise(seed, owner, stream, n), kind="stable")]


def even_noise_of(seed: int, keys: np.ndarray, stream: str, n: int) -> np.ndarray:
    """The n middle quantiles of the normal distribution, stretched to its variance, in an order of every owner.

    For few draws: what the effects of several streams add up to then errs far less than by as many random numbers
    (Latin hypercubes: McKay, Beckman and Conover, Technometrics 21, 239 (1979), 10.1080/00401706.1979.10489755; Stein,
    Technometrics 29, 143 (1987), 10.1080/00401706.1987.10488205).  # (m, n) float32

    Args:
        seed, keys, stream: as in `noise_of`.
        n: at most `MOST_EVEN`; a longer request does not start with the numbers of a shorter one.
    """
    ordered = _ordered_quantiles(n)
    return np.take(ordered, _chosen(seed, keys, stream, len(ordered))[0], axis=0)


def even_uniform_of(seed: int, keys: np.ndarray, stream: str, n: int) -> np.ndarray:
    """Numbers in [0, 1), one in every n-th part and all at one place of theirs; else as `even_noise_of`.  # (m, n)"""
    orders = _orders(n)
    chosen, rest = _chosen(seed, keys, stream, len(orders))
    numbers = orders[chosen].astype(np.float32)
    numbers += (rest >> np.uint64(8)).astype(np.float32)[:, None] * np.float32(2.0**-24)
    numbers *= np.float32(1.0 / n)
    return np.minimum(numbers, np.float32(1.0 - 2.0**-24))  # 7 and almost 1 is 8 in single precision


@cache
def _ordered_quantiles(n: int) -> np.ndarray:
    """The middle quantiles in all their orders.  # (n!, n) float32"""
    quantiles = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])
    return (quantiles / (quantiles.std() or 1.0)).astype(np.float32)[_orders(n)]


@cache
def _orders(n: int) -> np.ndarray:
    """All orders of n things.  # (n!, n) uint8"""
    if not 0 < n <= MOST_EVEN:
        raise ValueError(f"Even numbers are made from 1 to {MOST_EVEN} at once, {n} were asked for.")
    return np.array(list(permutations(range(n))), dtype=np.uint8)


def _chosen(seed: int, keys: np.ndarray, stream: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """A random number below n of every owner, and 32 further random bits.  # (m,) int, (m,) uint64"""
    words = mixed(keys ^ owner_keys([f"{seed}\x1feven\x1f{stream}"]))
    return ((words >> np.uint64(32)) * np.uint64(n) >> np.uint64(32)).astype(np.intp), words & np.uint64(0xFFFFFFFF)


def _halves(seed: int, keys: np.ndarray, stream: str, n: int) -> Iterable[tuple[slice, np.ndarray]]:
    """Words of some owners after each other, as two numbers of 32 bits, the lower one first.  # (rows, words, 2)"""
    n_words = (n + 1) // 2
    name = owner_keys([f"{seed}\x1f{stream}"])
    starts = mixed(keys ^ name)
    steps = np.arange(1, n_words + 1, dtype="<u8") * _GAMMA
    size = max(1, _WORDS // max(1, n_words))
    for first in range(0, len(keys), size):
        rows = slice(first, first + size)
        words = mixed(starts[rows, None] + steps)
        yield rows, words.view("<u4").reshape(*words.shape, 2)


def mixed(words: np.ndarray) -> np.ndarray:
    """Every bit of the result depends on every bit of a word (SplitMix64); two words never give the same one."""
    found = words ^ (words >> np.uint64(30))
    found *= _FIRST
    found ^= found >> np.uint64(27)
    found *= _SECOND
    found ^= found >> np.uint64(31)
    return found
