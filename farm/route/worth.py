"""Whether one more take is worth its price: what it may be expected to add, and what it costs."""

from collections.abc import Sequence
from math import sqrt

USUAL_SPREAD = 0.08
"""How far the scores of takes of one request usually lie apart (standard deviation), before there
are enough of them to tell; it counts as much as two takes do."""

WEIGHT_OF_USUAL = 2


def expected_gain(scores: Sequence[float]) -> float:
    """Return by how much one more take may be expected to beat the best, 0..1.

    Takes of one request differ by their seeds alone, so any of them is as likely to be the best:
    of n + 1, the next is it with a chance of 1 in n + 1, whatever their distribution (Renyi, 1962,
    on records), and then it is ahead by about their spread. A take that was thrown out scores 0.
    """
    if not scores:
        return 1.0
    mean = sum(scores) / len(scores)
    apart = sum((score - mean) ** 2 for score in scores) + WEIGHT_OF_USUAL * USUAL_SPREAD**2
    spread = sqrt(apart / (len(scores) - 1 + WEIGHT_OF_USUAL))
    return min(spread / (len(scores) + 1), 1.0 - max(scores))


def another(scores: Sequence[float], *, take_price: float, finish_price: float) -> bool:
    """Tell whether one more take is worth its price.

    It is when the score that it may be expected to add, times what it costs to finish the shot,
    is more than what the take costs: nobody masters what is not worth a better draft. The prices
    are in one unit, whichever it is.
    """
    return expected_gain(scores) * finish_price > take_price
