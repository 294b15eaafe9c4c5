"""Views of documented claims: gateways side by side, one document at two dates."""
