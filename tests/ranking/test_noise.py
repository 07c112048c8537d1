"""Random numbers of a stream: those of a new generator of numpy with the stream's key, whatever was drawn before."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ssbscreen.ranking.operating import even_noise, noise, uniform


def _new(seed: int, owner: str, stream: str) -> np.random.Generator:
    key = hashlib.blake2b(f"{seed}\x1f{stream}\x1f{owner}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))


@pytest.mark.parametrize("n", [0, 1, 3, 64, 1000])
def test_a_stream_is_that_of_a_new_generator(n):
    for owner in ("", "Li6PS5Cl", "a|b"):
        normal, flat = noise(3, owner, "density", n), uniform(3, owner, "density", n)
        noise(3, owner, "something else", 7)  # changes nothing that was drawn before
        np.testing.assert_array_equal(normal, _new(3, owner, "density").standard_normal(n, dtype=np.float32))
        np.testing.assert_array_equal(flat, _new(3, owner, "density").random(n, dtype=np.float32))


def test_half_used_words_do_not_leak_into_the_next_stream():
    """32-bit numbers are made in pairs; an odd request leaves one over."""
    uniform(0, "", "odd", 1)
    np.testing.assert_array_equal(uniform(0, "", "next", 4), _new(0, "", "next").random(4, dtype=np.float32))


def test_threads_do_not_disturb_each_other():
    owners = [f"candidate {i}" for i in range(200)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda owner: noise(0, owner, "x", 500), owners))
    for owner, numbers in zip(owners, found, strict=True):
        np.testing.assert_array_equal(numbers, _new(0, owner, "x").standard_normal(500, dtype=np.float32))


def test_even_numbers_have_no_mean_and_belong_to_their_stream():
    drawn = even_noise(0, "", "family garnet", 50)
    assert drawn.mean() == pytest.approx(0.0, abs=1e-12)
    assert drawn.std() == pytest.approx(1.0, abs=0.03)
    assert np.array_equal(drawn, even_noise(0, "", "family garnet", 50))
    assert abs(np.corrcoef(drawn, even_noise(0, "", "family lgps", 50))[0, 1]) < 0.5
