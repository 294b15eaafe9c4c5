"""The Images endpoints of a persona."""
