"""Synth: numbers and non-numbers as pens write them and cameras see them, made from scratch for training."""
