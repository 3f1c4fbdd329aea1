"""A municipality in one file: areas, teams, responders, rotations, homes, residents, devices and limits."""
