"""What is expected of a resident at certain hours: a measurement, a questionnaire."""

from rules.awaited.due import Due
from rules.awaited.waiting import RESUME_GRACE, Missed, Reminder, Waits, expect, miss, next_times, remind, settle

__all__ = ["RESUME_GRACE", "Due", "Missed", "Reminder", "Waits", "expect", "miss", "next_times", "remind", "settle"]
