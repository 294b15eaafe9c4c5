"""Probes of the Images endpoints."""
