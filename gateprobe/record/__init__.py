"""The record of a run: its file, and what is read off it: accepted, needed, repeated, changed."""
