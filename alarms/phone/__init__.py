"""Text messages and voice calls: what they share, whichever company carries them."""
