"""The topics on which the gateway itself speaks: down to devices, as one device, the canary, and to Home Assistants."""

from typing import Final

from alarms.canary import flights
from devices import sharing

DOWN: Final = "hemvakt/v1/+/down/+"
#: What homes show of themselves in a Home Assistant (``gateway/home_assistant``).
_SHOWN: Final = f"{sharing.ROOT}/#"
SAYS: Final = (DOWN, f"hemvakt/v1/{flights.ADDRESS}/up/press", _SHOWN)
HEARS: Final = (_SHOWN,)
