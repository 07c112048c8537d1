"""Files of finished work: each says what it was made from and carries a checksum, so that a bad one is made again."""

from __future__ import annotations

import hashlib
import json
import logging
import zlib
from pathlib import Path

from ssbscreen.files.writing import write_bytes

log = logging.getLogger(__name__)
_LEVEL = 1  # of zlib; a disk is slower than that
_LONGEST_HEADER = 1000  # bytes


def write_result(path: Path, fingerprint: str, content: bytes) -> None:
    """Write a file whole or not at all.

    Args:
        path: of the file.
        fingerprint: of all that the content depends on.
        content: what was made.

    Raises:
        OSError: no room, or no right to write; the error names `path`.
    """
    packed = zlib.compress(content, _LEVEL)
    header = {"fingerprint": fingerprint, "sha256": hashlib.sha256(packed).hexdigest(), "bytes": len(packed)}
    write_bytes(json.dumps(header).encode() + b"\n" + packed, path)


def read_result(path: Path, fingerprint: str) -> bytes | None:
    """Content of a file; None where there is none or it does not fit, which is said.

    Args:
        path: of the file.
        fingerprint: that it must have been written with.
    """
    try:
        with path.open("rb") as stream:
            header = json.loads(stream.readline(_LONGEST_HEADER))
            if header["fingerprint"] != fingerprint:  # such as the last, smaller shard of a sample
                log.info("'%s' was made of other input, or by other models or code; its part is made again", path)
                return None
            packed = stream.read(int(header["bytes"]) + 1)
        if hashlib.sha256(packed).hexdigest() != header["sha256"]:
            raise ValueError("it is not as it was written")
        return zlib.decompress(packed)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, zlib.error) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        log.warning("'%s' is not used (%s); its part is made again", path, reason)
        return None


def digest(*parts: str | bytes) -> str:
    """Fingerprint of texts and contents in their order."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()[:16]
