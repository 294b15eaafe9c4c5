"""Views: read models of a run that hold facts only. Pure."""
