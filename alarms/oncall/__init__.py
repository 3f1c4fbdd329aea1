"""Who is on duty: rotations in local time, and people with their contacts."""
