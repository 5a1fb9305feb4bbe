"""Heap: pictures are made and freed many times a second; their pages are kept for the next ones."""

import contextlib
import ctypes
import sys

# From malloc.h. Above the first, glibc takes memory from the kernel and gives it back at once, page by page, which
# costs more time than most of what is done with a picture; the second says when the rest goes back.
M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -3, -1
LARGEST_KEPT_BYTES = 32 << 20
MOST_KEPT_BYTES = 48 << 20


def keep_freed_pages() -> None:
    """Ask the C library to keep freed memory for the next picture; does nothing where that is not glibc's."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
        libc.mallopt(M_TRIM_THRESHOLD, MOST_KEPT_BYTES)
