"""What an audit may send and spend: budgets, limits, rates, and what was drawn."""
