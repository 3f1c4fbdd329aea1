"""What the inactivity rule says to staff, in English and Swedish."""

SENTENCES = {
    "en": {
        "inactivity": "No sign of life in the home for {quiet_h:.1f} h. Last seen: {room}. "
        "Longer than {limit_h:.1f} h is unusual here at this time (known for {days_known:g} days; "
        "sureness {sureness:.2f}).",
        "inactivity_after_door": "No sign of life for {quiet_h:.1f} h since a door to the outside was used ({room}). "
        "Perhaps nobody is at home; away this long ({limit_h:.1f} h) is unusual (sureness {sureness:.2f}).",
        "away_too_long": "Nobody has come back for {quiet_h:.1f} h since the home was set to away. "
        "The limit is {limit_h:.1f} h.",
        "activity_again": "There is activity in the home again, after {quiet_h:.1f} h.",
    },
    "sv": {
        "inactivity": "Inget livstecken i hemmet på {quiet_h:.1f} h. Senast: {room}. "
        "Längre än {limit_h:.1f} h är ovanligt här vid den här tiden (känt i {days_known:g} dygn; "
        "säkerhet {sureness:.2f}).",
        "inactivity_after_door": "Inget livstecken på {quiet_h:.1f} h sedan en ytterdörr användes ({room}). "
        "Kanske är ingen hemma; så lång bortavaro ({limit_h:.1f} h) är ovanlig (säkerhet {sureness:.2f}).",
        "away_too_long": "Ingen har kommit tillbaka på {quiet_h:.1f} h sedan hemmet sattes som borta. "
        "Gränsen är {limit_h:.1f} h.",
        "activity_again": "Det är aktivitet i hemmet igen, efter {quiet_h:.1f} h.",
    },
}
