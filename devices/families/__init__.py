"""One module per device family; each exports ``FAMILY``."""
