"""In which zone the wall times of the file are meant."""

from zoneinfo import ZoneInfo

from gateway.municipality.model import Municipality


def zone_of(town: Municipality, team_id: str | None) -> ZoneInfo:
    """Return the zone of a team, else that of the municipality."""
    own = next((team.zone for team in town.teams if team.id == team_id), None)
    return ZoneInfo(own or town.zone)
