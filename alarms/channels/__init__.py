"""One module for each way to reach a person; each exports its class as ``CHANNEL``."""
