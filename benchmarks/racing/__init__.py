"""The parts of race.py: how programs are run and timed, and one module for each race."""
