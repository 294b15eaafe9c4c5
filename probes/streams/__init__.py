"""Probes of every captured stream."""
