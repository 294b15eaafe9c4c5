"""What probes and scenarios share."""
