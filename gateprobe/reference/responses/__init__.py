"""The Responses endpoint of a persona."""
