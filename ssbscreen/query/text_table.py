"""Tables of text that fit a terminal: as many whole columns as there is room for, one row a line, no word cut."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssbscreen.core.errors import unknown

if TYPE_CHECKING:
    import pandas as pd

_GAP = "  "
_LEAST_TEXT = 24  # characters of a column of sentences, below which it is not worth a line


@dataclass(frozen=True)
class TextTable:
    """Rows of texts under a header.

    Attributes:
        title: line above; empty for none.
        header: names of the columns; they wrap at blanks over several lines.
        rows: texts in the order of the header.
        order: names of columns, the most important first; those left out follow from left to right. Columns that
            find no room are left out from the end.
        needed: names of columns that are shown although they find no room.
        flows: whether the last column holds sentences, which wrap at blanks in the room that is left.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    order: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    flows: bool = False

    def chosen(self, names: Sequence[str]) -> TextTable:
        """Of these columns alone, in this order, all of them needed.

        Raises:
            UsageError: a name that is none.
        """
        for name in names:
            if name not in self.header:
                raise unknown("column", name, self.header)
        places = [self.header.index(name) for name in names]
        rows = tuple(tuple(row[i] for i in places) for row in self.rows)
        return TextTable(self.title, tuple(names), rows, needed=tuple(names))

    def left_out(self, width: int) -> tuple[str, ...]:
        """Names of the columns that find no room in lines of `width` characters."""
        shown = {*self._shown(width), *((len(self.header) - 1,) if self.flows else ())}
        return tuple(name for i, name in enumerate(self.header) if i not in shown)

    def lines(self, width: int | None) -> Iterator[str]:
        """The table in lines of at most `width` characters; all columns, however long, for None."""
        if self.title:
            yield from wrapped(self.title, width)
        shown = list(range(len(self.header))) if width is None else self._shown(width)
        if self.flows and width is None:
            shown = shown[:-1]
        widths = [self._width(i) for i in shown]
        is_number = [self._is_number(i) for i in shown]
        room = self._room(widths, width)
        heads = [
            textwrap.wrap(_words(self.header[i]), w, break_long_words=False) for i, w in zip(shown, widths, strict=True)
        ]
        tail = [_words(self.header[-1])] if self.flows else []
        height = max((len(head) for head in heads), default=1)
        for line in range(height):
            texts = [head[line - height + len(head)] if line >= height - len(head) else "" for head in heads]
            yield _line(texts, widths, is_number, tail if line == height - 1 else [])
        yield _GAP.join("─" * w for w in (*widths, *([max(len(tail[0]), 8)] if tail else [])))
        for row in self.rows:
            texts = [row[i] for i in shown]
            parts = (textwrap.wrap(row[-1], room, break_long_words=False) or [""]) if self.flows and room else row[-1:]
            yield _line(texts, widths, is_number, parts[:1] if self.flows else [])
            if self.flows:
                yield from (_line([""] * len(shown), widths, is_number, [part]) for part in parts[1:])

    def _shown(self, width: int) -> list[int]:
        """Columns that fit, besides a flowing one."""
        places = list(range(len(self.header) - self.flows))
        first = [self.header.index(name) for name in (*self.needed, *self.order) if name in self.header]
        ranked = [i for i in dict.fromkeys((*first, *places)) if i in places]
        left = width + len(_GAP) - (_LEAST_TEXT + len(_GAP)) * self.flows
        shown = []
        for i in ranked:
            need = self._width(i) + len(_GAP)
            if need <= left or self.header[i] in self.needed:
                shown.append(i)
                left -= need
        return sorted(shown)

    def _room(self, widths: Sequence[int], width: int | None) -> int | None:
        if width is None:
            return None
        return max(width - sum(widths) - len(_GAP) * len(widths), _LEAST_TEXT)

    def _width(self, i: int) -> int:
        word = max((len(word) for word in _words(self.header[i]).split()), default=1)
        return max(word, *(len(row[i]) for row in self.rows), 1) if self.rows else max(word, 1)

    def _is_number(self, i: int) -> bool:
        return all(_is_number(row[i]) for row in self.rows)


def wrapped(text: str, width: int | None, indent: str = "  ") -> list[str]:
    """Lines of a text, broken at blanks, the later ones indented; words longer than a line stay whole."""
    if width is None or len(text) <= width:
        return [text]
    start = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(text, width, subsequent_indent=start + indent, break_long_words=False, break_on_hyphens=False)


def of_frame(
    frame: pd.DataFrame, title: str = "", *, order: Sequence[str] = (), needed: Sequence[str] = (), flows: bool = False
) -> TextTable:
    """Table of the columns of a frame, whose values are texts already or short."""
    rows = tuple(
        tuple("" if value is None or value != value else str(value) for value in record)
        for record in frame.itertuples(index=False, name=None)
    )
    return TextTable(title, tuple(map(str, frame.columns)), rows, tuple(order), tuple(needed), flows)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _line(texts: Sequence[str], widths: Sequence[int], is_number: Sequence[bool], tail: Sequence[str]) -> str:
    cells = [t.rjust(w) if right else t.ljust(w) for t, w, right in zip(texts, widths, is_number, strict=True)]
    return _GAP.join([*cells, *tail]).rstrip()


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").removesuffix("%") or "0")
    except ValueError:
        return False
    return True
