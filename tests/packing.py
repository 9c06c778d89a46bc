"""Zstandard for tests: Python's own, since 3.14; before, that of the extra `zstd`."""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["zstd"]
