"""Columns of numbers in few letters: three significant digits each, which is what people read."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import ArrayLike

from ssbscreen.query.columns import share_text

MISSING = -32768
_PER_DECADE = 900  # numbers from 1.00 to 9.99
_DECADES = 36  # 36 * 900 codes and a sign fit two bytes


def encoded_numbers(values: ArrayLike) -> dict[str, object]:
    """Numbers as codes: sign, power of ten from the column's lowest, three significant digits.

    Args:
        values: one column; what is not finite is missing.  # (n,)

    Returns:
        `low`, the lowest power of ten; `codes`, base64 of little-endian integers; `size`, their bytes: 2, or 4 where
        the column spans more than 36 decades.
    """
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    size = np.abs(np.where(known, values, 0.0))
    has_size = size > 0
    # the digits come from the same rounding that prints them, so that 9.995 goes the way of `number`
    texts = [f"{x:.2e}" for x in size[has_size]]
    exponents, digits = np.zeros(len(size), dtype=int), np.zeros(len(size), dtype=int)
    exponents[has_size] = [int(text[5:]) for text in texts]
    digits[has_size] = [int(text[0] + text[2:4]) for text in texts]
    low, high = (int(f(exponents[has_size])) if has_size.any() else 0 for f in (np.min, np.max))
    codes = np.where(has_size, (exponents - low) * _PER_DECADE + digits - 99, 0)
    codes = np.where(known, np.where(values < 0, -codes, codes), MISSING)
    size_of_code = 2 if high - low < _DECADES else 4
    return {"low": low, "size": size_of_code, "codes": _base64(codes.astype(f"<i{size_of_code}"))}


def encoded_shares(values: ArrayLike) -> str:
    """Numbers in [0, 1] in steps of 1/200, one byte each; 255 where missing."""
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    return _base64(np.where(known, np.rint(200 * np.clip(np.where(known, values, 0.0), 0, 1)), 255).astype("u1"))


def encoded_percents(shares: ArrayLike) -> str:
    """Numbers in [0, 1] as the whole percentages that `share_text` prints, one byte each.

    254 stands for "<1%" and 255 for what is missing. Rounded here, once: a share that is rounded to some digits first
    may pass a half, and would be printed otherwise than everywhere else.
    """
    codes = {"": 255, "<1%": 254} | {f"{percent}%": percent for percent in range(101)}
    return encoded_bytes([codes[share_text(share)] for share in np.asarray(shares, dtype=float)])


def encoded_bytes(values: ArrayLike) -> str:
    """Whole numbers from 0 to 255, one byte each."""
    return _base64(np.asarray(values).astype("u1"))


def encoded_integers(values: ArrayLike) -> str:
    """Whole numbers, four bytes each; -1 where missing."""
    values = np.asarray(values, dtype=float)
    return _base64(np.where(np.isfinite(values), values, -1).astype("<i4"))


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")
