"""Faults of how requests are read and refused."""
