"""Runs on disk: their files, origin, archive, and judging again."""
