"""A run on disk: its journals and bodies, and how requests and answers are written as JSON."""
