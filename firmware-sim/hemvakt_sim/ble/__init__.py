"""Simulated Bluetooth devices without a radio, and a bleak backend that hears them.

Whole stacks by bumble (advertising, ATT, GATT, security manager) over a shared air in one process. Nothing here touches
a socket, so that a day of it runs in seconds on a virtual clock; only ``tcp`` does, for devices in processes of their
own. Needs bumble and bleak: the extra ``ble``.
"""
