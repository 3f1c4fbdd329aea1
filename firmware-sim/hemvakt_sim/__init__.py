"""Simulated homes, pendants, hubs and Zigbee sensors that speak the wire of a Hemvakt gateway, and nothing else of it."""
