"""Heap."""

import ctypes
import sys

from capture import heap


def test_it_asks_glibc_and_only_glibc(monkeypatch):
    asked = []

    class Library:
        def mallopt(self, what, size):
            asked.append((what, size))

    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library())
    monkeypatch.setattr(sys, "platform", "win32")
    heap.keep_freed_pages()
    assert asked == []
    monkeypatch.setattr(sys, "platform", "linux")
    heap.keep_freed_pages()
    assert {what for what, _ in asked} == {heap.M_MMAP_THRESHOLD, heap.M_TRIM_THRESHOLD}


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    heap.keep_freed_pages()
