"""The promises alone: what gateways' documents claim, side by side, without a request."""
