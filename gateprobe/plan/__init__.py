"""The plan: what will be asked of a gateway, what it costs and has cost, and what a budget reaches."""
