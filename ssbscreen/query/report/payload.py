"""What the page's script reads: the shown rows as compact columns, in JSON that cannot end its own element."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ssbscreen.core.chemistry import family_title
from ssbscreen.core.printable import printable
from ssbscreen.query.columns import first_of, first_title
from ssbscreen.query.plain import plain
from ssbscreen.query.report.compact import (
    encoded_bytes,
    encoded_integers,
    encoded_numbers,
    encoded_percents,
    encoded_shares,
)
from ssbscreen.query.report.shown_rows import EVIDENCE, ShownRows

MOST_STUDIES = 31  # that the page tells apart; with the seven codes of evidence they fit one byte
_INTEGERS = ("rank", "tie_group")
_NUMBERS = ("score", "score_low", "score_high")
_WORDS = ("chemistry_class", "family", "limiting_criterion", "next_test", "family_series")
_FLAGS = ("is_made", "in_domain", "pareto_front")


def payload(
    roles: Sequence[ShownRows],
    tests: Mapping[str, str],
    titles: Mapping[str, str],
    sources: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """All roles with their criteria and rows.

    Args:
        roles: the run's own first.
        tests: names of tests and their titles.
        titles: names of criteria that are no row of a role's criteria, and their titles.
        sources: id of a candidate -> what sources report of it, line by line.
    """
    return {
        "evidence": list(EVIDENCE),
        "tests": dict(tests),
        "titles": dict(titles),
        "sources": {printable(one): [printable(line) for line in lines] for one, lines in sources.items()},
        "roles": [_role(rows) for rows in roles],
    }


def embedded(value: object) -> str:
    """JSON for a `<script type="application/json">`: no character in it means anything to HTML.

    `<`, `>` and `&` are written as escapes of JSON, and so are the line ends that old engines of JavaScript know.
    """
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _role(rows: ShownRows) -> dict[str, Any]:
    n_first = first_of(int(np.isfinite(rows.numbers("rank")).sum()))
    shares = {"p_all": "p_all", "coverage": "coverage", "amongFirst": f"p_first_{n_first}"}
    return {
        "role": rows.role,
        "n": len(rows.frame),
        "n_all": rows.n_all,
        "among": first_title(n_first),
        "shares": {name: encoded_percents(rows.numbers(key)) for name, key in shares.items()},
        "criteria": [asdict(criterion) for criterion in rows.criteria],
        "name": rows.names(),
        "id": rows.texts("candidate_id"),
        "formula": rows.texts("formula"),
        "more": encoded_integers(rows.series_more),
        "integers": {name: encoded_integers(rows.numbers(name)) for name in _INTEGERS},
        "numbers": {name: encoded_numbers(rows.numbers(name)) for name in _NUMBERS},
        "flags": {name: encoded_bytes(rows.flags(name)) for name in _FLAGS},
        "words": {name: _words(_said(rows, name)) for name in _WORDS} | {"caution": _words(rows.cautions())},
        "values": {criterion.name: _criterion(rows, criterion.name) for criterion in rows.criteria},
    }


def _said(rows: ShownRows, name: str) -> list[str]:
    """A column of words as a reader sees them."""
    texts = rows.texts(name)
    return [family_title(text) if text else text for text in texts] if name == "family" else texts


def _criterion(rows: ShownRows, name: str) -> dict[str, Any]:
    studies = rows.numbers(f"{name}_n_studies")
    studies[~(studies > 0)] = 0
    codes = rows.evidence(name) + len(EVIDENCE) * studies.clip(0, MOST_STUDIES).astype(int)
    return {
        **{part: encoded_numbers(rows.numbers(f"{name}_{part}")) for part in ("value", "low", "high")},
        "desirability": encoded_shares(rows.numbers(f"{name}_desirability")),
        "evidence": encoded_bytes(codes),
    }


def _words(texts: list[str]) -> dict[str, Any]:
    """Texts that repeat, as a list of the different ones and the place of each row's."""
    different = list(dict.fromkeys(texts))
    place = {text: i for i, text in enumerate(different)}
    return {"words": different, "places": encoded_integers([place[t] for t in texts])}
