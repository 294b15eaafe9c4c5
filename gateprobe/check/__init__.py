"""Judge a recorded stream or body without a gateway, while it arrives."""
