"""Many devices lost together are one fault with a list, and nobody on the list is hidden by it (invariant L3)."""
