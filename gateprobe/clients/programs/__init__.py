"""Programs that run in processes of their own, each with one client, and import nothing of gateprobe."""
