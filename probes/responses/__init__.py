"""Probes of the Responses endpoint."""
