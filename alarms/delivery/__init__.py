"""The outbox: pages that wait, are sent, and are sent again until somebody knows."""
