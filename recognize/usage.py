"""Usage: which numbers people write, where nobody said what to expect, as one more small automaton.

Numbers are not strings of random digits. What is counted, measured or paid begins with a small digit more often than
with a large one (Benford 1938, "The law of anomalous numbers"), and people round: numbers that end in noughts are
written far more often than their neighbours (Dehaene and Mehler 1992, "Cross-linguistic regularities in the frequency
of number words"). This speaks where the ink does not: it tells a 1 with a long upstroke from a 7, a nought with a loop
from an 8. A digit stays what it is where the ink makes it more than a dozen times likelier than its rival.
"""

import numpy as np

from recognize.pattern import Expectation

# How many of all numbers keep to Benford's law, but for codes, times and decimals with a nought in front; the others
# begin with any digit.
LAWFUL, LEADING_NOUGHTS = 0.8, 0.03
# How likely it is, before each digit but the first, that there are nothing but noughts to come.
ROUNDED = 0.01
DIGITS = 10
# The states: a number of one digit or two, and one of three and more, of which the noughts at the end begin anywhere.
START, LONE, PAIR, FIRST, SECOND, FURTHER, NOUGHT, NOUGHTS = range(8)
ENDS = START, LONE, PAIR, FURTHER, NOUGHTS


def expect_usual(lawful: float = LAWFUL, rounded: float = ROUNDED) -> Expectation:
    """Expect a number such as people write; of those of one digit or two, such as marks and ages, nothing is known.

    Parameters
    ----------
    lawful, rounded : float
        0-1; with 0 for both, any number is as likely as any other of so many digits.
    """
    digits = np.arange(DIGITS)
    with np.errstate(divide="ignore"):
        any_digit, nought = np.zeros(DIGITS), np.where(digits == 0, np.log(DIGITS), -np.inf)
        by_law = (1 - LEADING_NOUGHTS) * np.log10(1 + 1 / np.maximum(digits, 1))
        by_law[0] = LEADING_NOUGHTS
        first = np.log(1 - lawful + lawful * DIGITS * by_law)
        go_on, round_off = any_digit + np.log(1 - rounded), nought + np.log(rounded)
    arcs = [
        (START, LONE, any_digit),
        (LONE, PAIR, any_digit),
        (START, FIRST, first),
        (FIRST, SECOND, go_on),
        (FIRST, NOUGHT, round_off),
        (SECOND, FURTHER, go_on),
        (SECOND, NOUGHTS, round_off),
        (NOUGHT, NOUGHTS, nought),
        (FURTHER, FURTHER, go_on),
        (FURTHER, NOUGHTS, round_off),
        (NOUGHTS, NOUGHTS, nought),
    ]
    tails, heads, weights = zip(*arcs, strict=True)
    states = np.arange(NOUGHTS + 1)
    literals = ("",) * len(states)
    return Expectation(
        np.array(weights), np.array(tails), np.array(heads), states == START, np.isin(states, ENDS), literals, ""
    )


USUAL = expect_usual()
