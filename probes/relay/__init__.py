"""Probes of a gateway with both sides recorded: what it passes on, and what it changes."""
