"""What the machine can do: the best of matrix products and of copying memory, by peers/limits_driver.py."""
import json

from .programs import PEERS, run
from .rounds import table


def measure(options, threads, *more):
    done = run([options.python, PEERS / "limits_driver.py", "--threads", *threads, *more])
    return json.loads(done.stdout)


def peak_gflop_s(options):
    """The best matrix product with the threads, the device and the precision of the race."""
    found = measure(options, [options.threads], "--only", options.precision, "--device", options.device)
    return max(row["best"] for row in found["rows"])


def race(options, _folder):
    found = measure(options, sorted({1, options.threads}))
    print(f"CPU: {found['processor']}; {found['flags']}; torch {found['torch']}, {found['capability']}.\n")
    table(["what", "threads", "best", "median", "unit"],
          [[row["what"], row["threads"], f"{row['best']:.1f}", f"{row['median']:.1f}", row["unit"]]
           for row in found["rows"]])
    return found
