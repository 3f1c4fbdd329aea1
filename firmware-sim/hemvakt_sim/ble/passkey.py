"""Pairing with six digits: the device shows them, and a person types them where the adapter is."""

from bumble.pairing import PairingConfig, PairingDelegate


class _Display(PairingDelegate):
    """A device with a display refuses whoever cannot type what it shows."""

    def __init__(self, passkey: int) -> None:
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_ONLY)
        self._passkey = passkey

    async def confirm(self, auto: bool = False) -> bool:
        del auto
        # Only "just works" asks for it.
        return False

    async def generate_passkey(self) -> int:
        return self._passkey


class _Keyboard(PairingDelegate):
    def __init__(self, passkey: int) -> None:
        super().__init__(PairingDelegate.KEYBOARD_INPUT_ONLY)
        self._passkey = passkey

    async def get_number(self) -> int:
        return self._passkey


def just_works() -> PairingConfig:
    return PairingConfig(sc=True, mitm=False, bonding=True)


def shown(passkey: int) -> PairingConfig:
    """How a device pairs that shows ``passkey`` (1 to 999999; bumble 0.0.236 cannot do 000000)."""
    return PairingConfig(sc=True, mitm=True, bonding=True, delegate=_Display(passkey))


def typed(passkey: int) -> PairingConfig:
    """How an adapter pairs at which a person has typed ``passkey``."""
    return PairingConfig(sc=True, mitm=True, bonding=True, delegate=_Keyboard(passkey))
