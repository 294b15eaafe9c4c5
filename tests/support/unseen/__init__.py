"""Faults that no probe was written for: what a tester changes who has not read the catalogue."""
