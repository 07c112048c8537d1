"""Asks processes of their own for what takes long, a few at once, each with a limit on time."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import orjson

from ssbscreen.app.server.cache import Cache
from ssbscreen.app.server.problems import Problem

AT_ONCE = 2  # processes
WAITING = 16  # requests that may wait for one
TIME_LIMIT = 60.0  # s of one request
_KEPT = 32_000_000  # bytes of answers
_LARGEST = 50_000_000  # bytes of one answer


class Workers:
    """Answers of processes, kept for whoever asks the same again.

    Attributes:
        time_limit: s of one request.
    """

    def __init__(self, time_limit: float = TIME_LIMIT) -> None:
        self.time_limit = time_limit
        self._kept: Cache[bytes] = Cache(_KEPT, len)
        self._free = asyncio.Semaphore(AT_ONCE)
        self._n_waiting = 0

    async def ask(self, request: dict[str, Any]) -> bytes:
        """Answer of a process.

        Raises:
            Problem: it cannot be answered, takes too long, or too many wait already.
        """
        question = orjson.dumps(request, option=orjson.OPT_SORT_KEYS)
        if (kept := self._kept.get(question)) is not None:
            return kept
        if self._n_waiting >= WAITING:
            raise _busy(f"{WAITING} requests of this kind wait already")
        self._n_waiting += 1
        try:
            return await self._in_turn(question)
        finally:
            self._n_waiting -= 1

    async def _in_turn(self, question: bytes) -> bytes:
        try:
            async with asyncio.timeout(self.time_limit):
                await self._free.acquire()
        except TimeoutError:
            raise _busy(f"No process was free for {self.time_limit:g} s") from None
        try:
            kept = self._kept.get(question)  # another who asked the same may have been answered meanwhile
            content = await self._run(question) if kept is None else kept
        finally:
            self._free.release()
        return self._kept.get_or_make(question, lambda: content)

    async def _run(self, question: bytes) -> bytes:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-P", "-m", "ssbscreen.app.server.worker")
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            content, said = await asyncio.wait_for(process.communicate(question), self.time_limit)
        except TimeoutError:
            raise Problem(
                503,
                "takes-too-long",
                f"The answer was not ready after {self.time_limit:g} s and its process was ended. "
                "Ask for a material of fewer elements, or use the command line, which has no limit.",
                remedy="ask the command line",
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == 2:
            raise Problem(422, "bad-question", said.decode("utf-8", "replace").strip()[:2000])
        if process.returncode != 0 or len(content) > _LARGEST:
            raise Problem(503, "failed", "The answer could not be made; the command line says why.")
        return content


def _busy(why: str) -> Problem:
    return Problem(
        503, "busy", f"{why}; ask again in a while.", remedy="ask again in a while", headers={"retry-after": "10"}
    )
