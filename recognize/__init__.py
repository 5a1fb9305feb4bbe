"""Recognize: a page of ink comes in, a reading goes out."""

from recognize.reader import Reader
from recognize.reading import Digit, Number, Reading

__all__ = ["Digit", "Number", "Reader", "Reading"]
