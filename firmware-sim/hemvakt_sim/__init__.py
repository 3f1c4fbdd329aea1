"""Simulated homes, pendants, hubs and sensors that speak the wire of a Hemvakt gateway, and nothing else of it."""
