"""The home hub: takes measurements and presses from Bluetooth devices, and tells the gateway until it has them.

A program of the device side. It shares no code with the gateway and speaks the wire of docs/asyncapi.yaml.
"""
