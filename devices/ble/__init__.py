"""What Bluetooth Low Energy health devices say: bytes to values. Pure; no radio, no clock, no network.

One module per service of the Bluetooth SIG, and one per advertising format. Every decoder either understands a frame
whole, to its last byte, or raises RejectedFrameError; nothing is guessed.
"""
