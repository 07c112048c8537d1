"""Changes of bytes whose effect is not known: flips, lines, numbers, words of the format, cuts, splices, encodings."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

Word = Callable[[np.random.Generator], bytes]
_NUMBER = re.compile(rb"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
_TOKEN = re.compile(rb"[^\s,;\"'()\[\]{}=:]+")
_MOST = 50_000  # bytes of a mutant


def mutated(content: bytes, other: bytes, word: Word, rng: np.random.Generator) -> bytes:
    """A seed after one to four changes.

    Args:
        content: the seed.
        other: a second seed, to splice with.
        word: makes a word of the format.
        rng: decides everything.
    """
    for _ in range(int(rng.integers(1, 5))):
        kind = MUTATORS[int(rng.integers(len(MUTATORS)))]
        content = kind(content, other, word, rng)[:_MOST]
    return content


def _flip(content: bytes, other: bytes, word: Word, rng: np.random.Generator) -> bytes:
    out = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        if out:
            out[int(rng.integers(len(out)))] = int(rng.integers(256))
    return bytes(out)


def _lines(content: bytes, other: bytes, word: Word, rng: np.random.Generator) -> bytes:
    lines = content.split(b"\n")
    i, j = (int(x) for x in rng.integers(len(lines), size=2))
    what = int(rng.integers(4))
    if what == 0:
        del lines[i]
    elif what == 1:
        lines.insert(j, lines[i])
    elif what == 2:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines[i:i] = [lines[i]] * int(rng.integers(2, 300))
    return b"\n".join(lines)


def _number(content: bytes, other: bytes, word: Word, rng: np.random.Generator) -> bytes:
    found = list(_NUMBER.finditer(content))
    if not found:
        return content
    match = found[int(rng.integers(len(found)))]
    try:
        value = float(match.group())
    except ValueError:
        value = 0.0
    choices = (
        -value,
        value * 10,
        value / 1000,
        value + 1,
        0.0,
        1e300,
        float("nan"),
        float("inf"),
        value + rng.normal(),
    )
    new = choices[int(rng.integers(len(choices)))]
    text = b"9" * int(rng.integers(1, 5000)) if rng.random() < 0.05 else f"{new:.6g}".encode()
    return content[: match.start()] + text + content[match.end() :]


def _token(content: bytes, other: bytes, word: Word, rng: np.random.Generator) -> bytes:
    found = list(_TOKEN.finditer(content))
    if not found:
        return content + word(rng)
    match = found[int(rng.integers(len(found)))]
    new = word(rng) if rng.random() < 0.7 else found[int(rng.integers(len(found)))].group()
    if rng.random() < 0.3:  # beside it, not in its place
        return content[: match.end()] + b" " + new + content[match.end() :]
    return content[: match.start()] + new + content[match.end() :]


def _cut(content: bytes, other: bytes, word: Word, rng: np.random.Generator) -> bytes:
    place = int(rng.integers(len(content) + 1))
    return content[:place] if rng.random() < 0.7 else content[place:]


def _splice(content: bytes, other: bytes, word: Word, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(len(content) + 1))] + other[int(rng.integers(len(other) + 1)) :]


def _repeat(content: bytes, other: bytes, word: Word, rng: np.random.Generator) -> bytes:
    if not content:
        return word(rng)
    start = int(rng.integers(len(content)))
    piece = content[start : start + int(rng.integers(1, 40))]
    return content[:start] + piece * int(rng.integers(2, 2000)) + content[start:]


def _encoding(content: bytes, other: bytes, word: Word, rng: np.random.Generator) -> bytes:
    text = content.decode("utf-8", "replace")
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-8-sig"),
        lambda: text.encode("cp1252", "replace"),
        lambda: content.replace(b"\n", b"\r\n"),
        lambda: content.replace(b"\n", b"\r"),
        lambda: content.replace(b" ", "\u00a0".encode()),
        lambda: text.translate(str.maketrans("0123456789-.", "０１２３４５６７８９−，")).encode(),
        lambda: text.swapcase().encode(),
    )
    return ways[int(rng.integers(len(ways)))]()


MUTATORS = (_flip, _lines, _lines, _number, _number, _token, _token, _token, _cut, _splice, _repeat, _encoding)
