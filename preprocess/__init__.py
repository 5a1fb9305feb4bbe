"""Preprocess: a frame comes in, a page of ink with proposed pieces goes out."""

from preprocess.page import Page, prepare

__all__ = ["Page", "prepare"]
