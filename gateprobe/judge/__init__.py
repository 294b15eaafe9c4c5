"""Judging: evidence to verdicts, pure; what stood in the way, whose fault it is, and what follows from what."""
