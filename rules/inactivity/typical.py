"""A typical home, before anything is known of this one.

Order of magnitude from older people's homes with motion and door sensors, rounded to two figures; fitted on half of the
homes of TIHM (Sci Data 2023;10:606) with the differences between homes taken out, and checked on the other half
(``bench/detection/homes.py``). A home that is watched for some days speaks for itself.
"""

#: Quiets of different length, by where they began: inside, or at a door to the outside.
INSIDE, DOOR = 0, 1

#: A pause becomes a quiet after this many hours.
QUIET_AFTER_H = 0.5
#: Hours of quiet at which the chance that it ends changes.
BINS_H = (0.5, 1.0, 2.0, 4.0, 8.0)

#: Hours of wall time that count as night here. Only the starting point knows it; what is learned goes by the clock.
NIGHT_HOURS = frozenset({22, 23, 0, 1, 2, 3, 4, 5})

#: Quiets that begin per hour of activity: [inside, door][day, night].
STARTS_PER_H = ((0.60, 1.0), (0.80, 0.36))

#: Chance per hour that a quiet ends, by BINS_H: [inside, door][day, night].
ENDS_PER_H = (
    ((2.2, 1.9, 1.5, 1.1, 0.75), (1.0, 1.2, 1.2, 0.60, 0.45)),
    ((1.2, 1.0, 0.80, 0.26, 0.27), (1.6, 1.1, 0.70, 0.32, 0.08)),
)
