"""Probes of a gateway whose both sides are seen: what it passes on, and what it makes of it."""
