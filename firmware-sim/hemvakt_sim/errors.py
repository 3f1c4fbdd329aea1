"""What can go wrong here; every class is a SimulatorError, and its docstring is its message."""


class SimulatorError(Exception):
    """The simulator cannot go on."""

    def __str__(self) -> str:
        sentence = (self.__doc__ or "").strip()
        return f"{sentence} {super().__str__()}".strip()


class BrokerAddressError(SimulatorError):
    """The address of the broker cannot be used."""


class BrokerUnreachableError(SimulatorError):
    """No session with the broker."""


class LinkDownError(SimulatorError):
    """The link to the broker is down."""


class ScenarioError(SimulatorError):
    """The scenario is not valid."""


class RecordingError(SimulatorError):
    """The recording cannot be replayed."""


class LinkError(SimulatorError):
    """The simulated air cannot be reached."""


class BluetoothMissingError(SimulatorError):
    """Simulated Bluetooth is an extra; install hemvakt-sim[ble]."""


class MeasurementError(SimulatorError):
    """No such device can measure this."""


class StepError(SimulatorError):
    """A step of the scenario is not understood."""

    def __str__(self) -> str:
        return Exception.__str__(self)


class DeskError(SimulatorError):
    """The gateway's alarms cannot be read."""
