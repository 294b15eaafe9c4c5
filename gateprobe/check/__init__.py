"""Checking a recorded stream or body without any gateway, while it arrives."""
