"""Counts and prints what the tests of the program check."""


class Checks:
    """Counts what was checked, and prints it."""

    def __init__(self):
        self.done = 0
        self.failed = 0

    def that(self, claim, holds, detail=""):
        self.done += 1
        print(f"{'ok    ' if holds else 'FAILED'} {claim}", flush=True)
        if not holds:
            self.failed += 1
            print("       " + str(detail).replace("\n", "\n       ")[:4000], flush=True)

    def equal(self, claim, actual, expected):
        self.that(claim, actual == expected, f"expected {expected!r}\nactual   {actual!r}")
