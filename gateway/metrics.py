"""What the gateway counts. Labels are few and fixed; none names a device, a home or a person."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("hemvakt_intake_messages_total", "Messages stored, by what became of them.", ["disposition"])
OBSERVATIONS = Counter("hemvakt_intake_observations_total", "Observations stored.")
REPEATS = Counter("hemvakt_intake_repeats_total", "Messages that were stored before and only acknowledged again.")
COMMIT_SECONDS = Histogram(
    "hemvakt_intake_commit_seconds",
    "Time from taking a batch to its commit.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
QUEUE = Gauge("hemvakt_intake_queue", "Messages that wait for the worker.")
CONNECTIONS = Counter("hemvakt_broker_connections_total", "Connections made to the broker.")
BROKER_STARTS = Counter("hemvakt_embedded_broker_starts_total", "Starts of the embedded broker.")
DOWNLINK = Counter("hemvakt_downlink_total", "Messages to devices, by what became of them.", ["kind", "result"])
DOWNLINK_WAITING = Gauge("hemvakt_downlink_waiting", "Messages that their devices have not heard yet.", ["kind"])
