"""The keywords of `schemas/order`, each an incremental judge."""
