"""Homes as their own Home Assistant shows them: only those that have said yes (``devices/sharing.py``)."""
