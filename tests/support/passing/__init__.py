"""A relay that passes on what it is given, and the faults that such relays have."""
