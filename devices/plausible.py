"""What a value can physically be. Values outside are kept and flagged, never corrected.

The ranges are those in which the instruments measure or a body can be, not those in which a person is well; limits of
health are the business of rules.

Sources: blood pressure, the highest measured in an artery under load (370/360 mmHg, MacDougall et al., J Appl Physiol
1985); pulse, atrial rates that conduct one to one; SpO2, a percentage (ISO 80601-2-61); temperature, the lowest and the
highest survived (13.7 Cel, Gilbert et al., Lancet 2000; 46.5 Cel, Slovis et al., Ann Emerg Med 1982); glucose, meters
read up to 33 mmol/L and laboratories have measured above 100; weight, the largest documented of a person (635 kg);
respiration, what patient monitors can count; a room, what its sensors are made for and some more. Oxygen, consciousness
and irregular pulse are states, 0 or 1.
"""

from devices.observation import Kind, Reading

#: kind -> unit -> (lowest, highest) that is possible. A unit that is not listed cannot be judged here.
_POSSIBLE: dict[Kind, dict[str, tuple[float, float]]] = {
    Kind.SYSTOLIC: {"mm[Hg]": (20.0, 370.0), "kPa": (2.7, 49.5)},
    Kind.DIASTOLIC: {"mm[Hg]": (5.0, 360.0), "kPa": (0.7, 48.0)},
    Kind.PULSE: {"/min": (10.0, 400.0)},
    Kind.SPO2: {"%": (1.0, 100.0)},
    Kind.TEMPERATURE: {"Cel": (13.0, 47.0), "[degF]": (55.0, 117.0)},
    Kind.GLUCOSE: {"mmol/L": (0.1, 150.0), "mg/dL": (1.0, 2700.0)},
    Kind.WEIGHT: {"kg": (0.3, 650.0), "[lb_av]": (0.6, 1440.0)},
    Kind.RESPIRATION: {"/min": (1.0, 150.0)},
    Kind.OXYGEN: {"1": (0.0, 1.0)},
    Kind.CONSCIOUSNESS: {"1": (0.0, 1.0)},
    Kind.IRREGULAR_PULSE: {"1": (0.0, 1.0)},
    Kind.BATTERY: {"%": (0.0, 100.0)},
    Kind.ROOM_TEMPERATURE: {"Cel": (-40.0, 60.0), "[degF]": (-40.0, 140.0)},
}


def is_possible(reading: Reading) -> bool:
    """Tell whether a value can be what it says it is. What nothing is known of is possible."""
    known = _POSSIBLE.get(reading.kind, {}).get(reading.unit)
    if known is None or reading.value is None:
        return True
    return known[0] <= reading.value <= known[1]
