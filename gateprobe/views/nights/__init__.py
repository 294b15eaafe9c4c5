"""Views over several nights: one night against the last, and a history of many."""
