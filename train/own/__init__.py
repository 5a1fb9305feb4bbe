"""Own: a model of one's own, out of digits of one's own."""
