"""A typical home, before anything is known of this one.

Order of magnitude from older people's homes with motion and door sensors, rounded to two figures; fitted on half of the
homes of TIHM (Sci Data 2023;10:606) with the differences between homes taken out, and checked on the other half
(``bench/detection/homes_fit.py``). A home that is watched for some days speaks for itself.
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
STARTS_PER_H = ((0.36, 1.0), (0.80, 0.64))

#: Chance per hour that a quiet ends, by BINS_H: [inside, door][day, night].
ENDS_PER_H = (
    ((2.3, 1.9, 1.5, 1.1, 0.80), (0.96, 1.1, 1.1, 0.56, 0.44)),
    ((1.3, 1.0, 0.83, 0.28, 0.26), (1.5, 1.1, 0.50, 0.32, 0.10)),
)

#: How many hours, and how many ends of quiets, of a typical home stand beside what was counted in a real one.
PRIOR_H, PRIOR_ENDS = 3.0, 4.0
