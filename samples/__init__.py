"""Samples: pictures that this project draws itself, from pen strokes of its own design, to show what it reads."""
