"""Evaluate: how well, how surely and how fast the shipped model reads, measured the same way each time."""
