"""The topics on which the gateway itself speaks: down to devices, and as one device, the canary."""

from typing import Final

from alarms.canary import flights

DOWN: Final = "hemvakt/v1/+/down/+"
SAYS: Final = (DOWN, f"hemvakt/v1/{flights.ADDRESS}/up/press")
