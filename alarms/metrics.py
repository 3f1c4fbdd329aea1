"""What the desk tells Prometheus. No label names a person, a home, a device or a team."""

from prometheus_client import Counter, Gauge, Histogram

FORGOTTEN = Gauge(
    "hemvakt_desk_forgotten_alarms", "Open life-safety alarms that nothing will ever happen to; must be 0"
)
OPEN_ALARMS = Gauge("hemvakt_desk_alarms", "Alarms that are not closed", ["alarm_class", "handling"])
TIMER_LAG = Gauge("hemvakt_desk_timer_lag_seconds", "For how long the oldest due timer has waited")
PAGE_LAG = Gauge("hemvakt_desk_page_lag_seconds", "For how long the oldest due page has been in nobody's hands")
TIMERS_FIRED = Counter("hemvakt_desk_timers_fired_total", "Timers that were due and fired")
TIMERS_FAILED = Counter(
    "hemvakt_desk_timers_failed_total", "Alarms whose due timer could not be fired and was postponed"
)
ATTEMPTS = Counter("hemvakt_desk_page_attempts_total", "Attempts to deliver a page", ["channel", "result"])
ATTEMPT_SECONDS = Histogram("hemvakt_desk_page_attempt_seconds", "Duration of an attempt", ["channel"])
CANARY_SECONDS = Histogram(
    "hemvakt_canary_flight_seconds",
    "Time of a flight of the canary, from its press to its page in the sink",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
CANARY_LATE = Counter("hemvakt_canary_late_total", "Flights of the canary that took too long, and times without any")
CANARY_LATENESS = Gauge(
    "hemvakt_canary_lateness_seconds", "What the newest flight took, or for how long there was none"
)
PART_FAILURES = Counter("hemvakt_desk_part_failures_total", "Failures of a part that no alarm waits for", ["part"])
DEAD_MAN_FED = Counter("hemvakt_desk_dead_man_fed_total", "Times the external watcher was told that all is well")
