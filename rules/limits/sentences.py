"""What the limits rule says to staff, in English and Swedish."""

from devices.observation import Kind
from rules.limits.judge import REPEATED

_NAMES: dict[Kind, tuple[str, str, str]] = {
    Kind.SYSTOLIC: ("Systolic blood pressure", "Systoliskt blodtryck", "mmHg"),
    Kind.DIASTOLIC: ("Diastolic blood pressure", "Diastoliskt blodtryck", "mmHg"),
    Kind.PULSE: ("Pulse", "Puls", "/min"),
    Kind.SPO2: ("Oxygen saturation", "Syremättnad", "%"),
    Kind.TEMPERATURE: ("Body temperature", "Kroppstemperatur", "°C"),
    Kind.GLUCOSE: ("Blood glucose", "Blodsocker", "mmol/L"),
    Kind.WEIGHT: ("Weight", "Vikt", "kg"),
    Kind.BODY_WATER: ("Body water", "Kroppsvatten", "%"),
    Kind.RESPIRATION: ("Respiratory rate", "Andningsfrekvens", "/min"),
}


_COMMON = {
    "en": {
        "weight_gain": "Weight rose {gain_kg:.1f} kg in {days:.1f} days, to {value:.1f} kg. "
        "More than {limit:g} kg in {limit_days:g} days calls for contact ({source_en}).",
        "weight_loss": "Weight is {value:.1f} kg, {loss_percent:.1f} % below the mean of the last month. "
        "The limit is {limit:g} % ({source_en}).",
        "back_within": "The measurements are within the limits again.",
    },
    "sv": {
        "weight_gain": "Vikten steg {gain_kg:.1f} kg på {days:.1f} dygn, till {value:.1f} kg. "
        "Mer än {limit:g} kg på {limit_days:g} dygn kräver kontakt ({source_sv}).",
        "weight_loss": "Vikten är {value:.1f} kg, {loss_percent:.1f} % under senaste månadens medel. "
        "Gränsen är {limit:g} % ({source_sv}).",
        "back_within": "Mätvärdena är åter inom gränserna.",
    },
}

_ENGLISH = {
    "{k}_very_low": "{name} {{value:g}} {unit} is far too low: below {{limit:g}} ({{source_en}}).",
    "{k}_low": "{name} {{value:g}} {unit} is below the limit {{limit:g}} ({{source_en}}).",
    "{k}_high": "{name} {{value:g}} {unit} is above the limit {{limit:g}} ({{source_en}}).",
    "{k}_missing": "{name} was expected at {{due}} and had not come {{grace_min:g}} minutes later "
    "({{missed:g}} in a row).",
    "{k}_reminder": "Time to measure: {small}, expected at {{due}}.",
    "{k}_rising": "{name} has risen by {{change:g}} {unit} in {{days:g}} days, to {{value:g}}. More than {{limit:g}} "
    "in {{limit_days:g}} days matters here (limit set by staff).",
    "{k}_falling": "{name} has fallen by {{change:g}} {unit} in {{days:g}} days, to {{value:g}}. More than {{limit:g}} "
    "in {{limit_days:g}} days matters here (limit set by staff).",
    "{k}_impossible": "{name} {{value:g}} {unit} cannot be right. Check the device and measure again.",
    "{k}_not_a_number": "{name} arrived without a readable value. Check the device and measure again.",
    "{k}_unit_unknown": "{name} arrived in the unit '{{unit}}', which it cannot have. The value was not judged.",
}
_SWEDISH = {
    "{k}_very_low": "{name} {{value:g}} {unit} är alldeles för lågt: under {{limit:g}} ({{source_sv}}).",
    "{k}_low": "{name} {{value:g}} {unit} är under gränsen {{limit:g}} ({{source_sv}}).",
    "{k}_high": "{name} {{value:g}} {unit} är över gränsen {{limit:g}} ({{source_sv}}).",
    "{k}_missing": "{name} väntades kl. {{due}} och hade inte kommit {{grace_min:g}} minuter senare "
    "({{missed:g}} i följd).",
    "{k}_reminder": "Dags att mäta: {small}, väntad kl. {{due}}.",
    "{k}_rising": "{name} har stigit {{change:g}} {unit} på {{days:g}} dygn, till {{value:g}}. Mer än {{limit:g}} på "
    "{{limit_days:g}} dygn har betydelse här (gräns satt av personalen).",
    "{k}_falling": "{name} har sjunkit {{change:g}} {unit} på {{days:g}} dygn, till {{value:g}}. Mer än {{limit:g}} på "
    "{{limit_days:g}} dygn har betydelse här (gräns satt av personalen).",
    "{k}_impossible": "{name} {{value:g}} {unit} kan inte stämma. Kontrollera apparaten och mät igen.",
    "{k}_not_a_number": "{name} kom utan läsbart värde. Kontrollera apparaten och mät igen.",
    "{k}_unit_unknown": "{name} kom i enheten '{{unit}}', som den inte kan ha. Värdet bedömdes inte.",
}
_ENGLISH_REPEATED = {
    "{k}_repeat": "{name} {{value:g}} {unit} is very high: above {{limit:g}} ({{source_en}}). "
    "Rest, and measure again within {{within_min:g}} minutes.",
    "{k}_very_high": "{name} {{value:g}} {unit} is very high for the second time: above {{limit:g}} ({{source_en}}).",
    "{k}_not_repeated": "{name} {{value:g}} {unit} was very high and was not measured again within "
    "{{within_min:g}} minutes.",
}
_SWEDISH_REPEATED = {
    "{k}_repeat": "{name} {{value:g}} {unit} är mycket högt: över {{limit:g}} ({{source_sv}}). "
    "Vila och mät igen inom {{within_min:g}} minuter.",
    "{k}_very_high": "{name} {{value:g}} {unit} är mycket högt för andra gången: över {{limit:g}} ({{source_sv}}).",
    "{k}_not_repeated": "{name} {{value:g}} {unit} var mycket högt och mättes inte igen inom {{within_min:g}} minuter.",
}


def _filled(templates: dict[str, str], kind: Kind, name: str, unit: str) -> dict[str, str]:
    return {
        code.format(k=kind): text.format(name=name, small=name[:1].lower() + name[1:], unit=unit)
        for code, text in templates.items()
    }


def _all() -> dict[str, dict[str, str]]:
    sentences = {language: dict(common) for language, common in _COMMON.items()}
    for kind, (english, swedish, unit) in _NAMES.items():
        sentences["en"] |= _filled(_ENGLISH, kind, english, unit)
        sentences["sv"] |= _filled(_SWEDISH, kind, swedish, unit)
        if kind in REPEATED:
            sentences["en"] |= _filled(_ENGLISH_REPEATED, kind, english, unit)
            sentences["sv"] |= _filled(_SWEDISH_REPEATED, kind, swedish, unit)
    return sentences


SENTENCES = _all()
