"""Attention paused for a home, a resident or a device: shelved, or under test. Always with an end, a reason, a name."""
