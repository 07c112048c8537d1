"""A store of results that forgets the least recently used ones when they take too much memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """Results by key, of at most a number of bytes; what is asked for by several threads at once is made once.

    Attributes:
        limit: bytes kept.
    """

    def __init__(self, limit: int, size_of: Callable[[T], int]) -> None:
        self.limit = limit
        self._size_of = size_of
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._making = threading.RLock()

    def get(self, key: Hashable) -> T | None:
        """What is kept under a key; None where nothing is."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def get_or_make(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under a key, made where nothing is."""
        if (found := self.get(key)) is not None:
            return found
        with self._making:
            if (found := self.get(key)) is not None:
                return found
            made = make()
            self._put(key, made)
            return made

    def _put(self, key: Hashable, value: T) -> None:
        with self._lock:
            self._kept[key] = value
            self._bytes += self._size_of(value)
            while self._bytes > self.limit and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= self._size_of(dropped)
