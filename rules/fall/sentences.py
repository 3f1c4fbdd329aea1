"""What the fall rule says, in English and Swedish."""

SUSPECTED = "fall"
SUSPECTED_AND_TURNED = "fall_turned"
RECOVERED = "fall_up_again"
ASKED = "fall_asked"
FINE = "fall_fine"
HELP = "fall_help"

SENTENCES = {
    "en": {
        SUSPECTED: (
            "Fall suspected: hit of {impact_g:.1f} g, still for {still_s:.1f} of the {after_s:.0f} s after it; "
            "confidence {confidence:.2f}."
        ),
        SUSPECTED_AND_TURNED: (
            "Fall suspected: hit of {impact_g:.1f} g, turned {turned_deg:.0f}°, still for {still_s:.1f} of the "
            "{after_s:.0f} s after it; confidence {confidence:.2f}."
        ),
        RECOVERED: "Walks again {after_s:span} after a suspected fall.",
        ASKED: (
            "The device felt a hit of {impact_g:.1f} g. Do you need help? Without an answer within {ask_s:.0f} s "
            "staff are told."
        ),
        FINE: "Asked about a hit, the wearer answered that all is well.",
        HELP: "Asked about a suspected fall, the wearer answered that help is needed.",
    },
    "sv": {
        SUSPECTED: (
            "Misstänkt fall: stöt på {impact_g:.1f} g, stilla {still_s:.1f} av {after_s:.0f} s efteråt; "
            "säkerhet {confidence:.2f}."
        ),
        SUSPECTED_AND_TURNED: (
            "Misstänkt fall: stöt på {impact_g:.1f} g, vändes {turned_deg:.0f}°, stilla {still_s:.1f} av "
            "{after_s:.0f} s efteråt; säkerhet {confidence:.2f}."
        ),
        RECOVERED: "Går igen {after_s:span} efter ett misstänkt fall.",
        ASKED: (
            "Larmet kände en stöt på {impact_g:.1f} g. Behöver du hjälp? Utan svar inom {ask_s:.0f} s "
            "larmas personalen."
        ),
        FINE: "På frågan om en stöt svarade bäraren att allt är bra.",
        HELP: "På frågan om ett misstänkt fall svarade bäraren att hjälp behövs.",
    },
}
