"""Random draws that depend on the seed alone."""
import random


class Draws:
    """A stream of draws of its own for each subject, so that one more draw for offers does not change the schools.

    Everything is built on Random.random(): the only method whose sequence Python promises to keep from one
    version to the next. choice() or shuffle() would tie the data to the interpreter.
    """

    def __init__(self, seed, *subject):
        self.unit = random.Random("/".join(str(part) for part in (seed, *subject))).random

    def below(self, bound):
        """A whole number from 0 to bound - 1."""
        return int(self.unit() * bound)

    def between(self, low, high):
        """A whole number from low to high, both included; low when the interval is empty."""
        return low + int(self.unit() * (high - low + 1)) if high > low else low

    def chance(self, share):
        return self.unit() < share

    def pick(self, items):
        return items[int(self.unit() * len(items))]

    def shuffle(self, items):
        """The items in a new list, in random order."""
        keyed = [(self.unit(), item) for item in items]
        return [item for _, item in sorted(keyed, key=lambda pair: pair[0])]


def weighted(pairs):
    """The items of (item, weight) pairs, each as many times as its weight: pick() then needs one draw."""
    return [item for item, weight in pairs for _ in range(weight)]
