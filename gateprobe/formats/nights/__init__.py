"""Words about several runs: a night, a diff, a history."""
