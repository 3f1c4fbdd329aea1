"""Follow-up: how alarms were answered in a month, computed from the audit alone (A2)."""
