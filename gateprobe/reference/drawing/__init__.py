"""Pictures that a persona draws, encodes, reads and signs."""
