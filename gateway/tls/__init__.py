"""Encryption of what listens beyond this machine, with certificates of one's own or of a small authority made here."""
