"""The commands, one module for each group; each is thin."""
