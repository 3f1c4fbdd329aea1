"""The whole system under load while its parts are killed, cut off, slowed and misled: what was sent, what was lost."""
