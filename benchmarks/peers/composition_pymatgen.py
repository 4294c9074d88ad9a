#!/usr/bin/env python3
"""Compositions: this library beside pymatgen and SMACT, timed in the same run.

usage: composition_pymatgen.py COMPOSITION_BENCHMARK

COMPOSITION_BENCHMARK is the program built from benchmarks/composition_benchmark.cpp. Prints a Markdown table of processor
time per composition and the ratio to this library. A package that is not installed is named, not an error. The packages
do not compute the same: pymatgen guesses whole oxidation states of an enlarged formula, SMACT enumerates combinations of
one whole state per element; this library solves for the intervals of the mean states.
"""

import itertools
import json
import math
import subprocess
import sys
import time

FORMULA = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"
AMOUNTS = {"Na": 1, "Ni": 0.2, "Fe": 0.2, "Mn": 0.3, "Mg": 0.1, "Cu": 0.1, "Sn": 0.1, "O": 2}
# The states that this library allows: the same search space for all.
STATES = {"Na": [1], "Ni": [2, 3, 4], "Fe": [2, 3, 4], "Mn": [2, 3, 4], "Mg": [2], "Cu": [1, 2, 3], "Sn": [4], "O": [-2]}


def seconds(work, at_least=1.0):
    """Processor seconds per call, the best of three."""
    work()
    best = math.inf
    for _ in range(3):
        calls, start = 0, time.process_time()
        while (spent := time.process_time() - start) < at_least / 3:
            work()
            calls += 1
        best = min(best, spent / calls)
    return best


def library(program):
    command = [program, "--benchmark_format=json", "--benchmark_min_time=0.3", "--benchmark_repetitions=3"]
    out = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    times = {}
    for run in out["benchmarks"]:
        if run.get("error_occurred"):
            sys.exit(f"{run['name']}: {run['error_message']}")
        if run.get("run_type") == "iteration":
            times[run["run_name"]] = min(times.get(run["run_name"], math.inf), run["cpu_time"] * 1e-9)
    return times


def enumerate_states():
    """One whole state per element, all combinations; those that are neutral (as SMACT's filter, in plain Python)."""
    symbols = list(STATES)
    return [c for c in itertools.product(*STATES.values())
            if abs(sum(AMOUNTS[s] * q for s, q in zip(symbols, c))) < 1e-9]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    own = library(sys.argv[1])
    rows = [("read a formula", "this library", own["parse"], own["parse"])]
    missing = []
    try:
        from pymatgen.core import Composition, Species
        import pymatgen.core
    except ImportError as error:
        missing.append(f"pymatgen ({error})")
    else:
        name = "pymatgen " + getattr(pymatgen.core, "__version__", "(version unknown)")
        rows.append(("read a formula", name, seconds(lambda: Composition(FORMULA)), own["parse"]))
        composition = Composition(AMOUNTS)
        rows.append(("oxidation states", "this library: intervals and choice", own["charge_intervals"], own["charge_intervals"]))
        try:
            guess = lambda: composition.oxi_state_guesses(oxi_states_override=STATES)
            rows.append(("oxidation states", name + ", oxi_state_guesses, same states, as written", seconds(guess), own["charge_intervals"]))
        except Exception as error:  # some versions refuse fractions
            missing.append(f"pymatgen's guesses of a formula with fractions ({type(error).__name__}: {error})")
        integer = Composition({s: round(10 * n) for s, n in AMOUNTS.items()})
        guess = lambda: integer.oxi_state_guesses(oxi_states_override=STATES)
        rows.append(("oxidation states", name + f", oxi_state_guesses, same states, ten formula units ({len(guess())} found)",
                     seconds(guess), own["charge_intervals"]))

        radii = {("Mn", 3): "High Spin", ("Fe", 3): "High Spin"}
        ions = {"Ni": 2, "Fe": 3, "Mn": 4, "Mg": 2, "Cu": 2, "Sn": 4}

        def potential():
            c = Composition(AMOUNTS)
            phi = sum(c[s] * q / Species(s, q).get_shannon_radius("VI", spin=radii.get((s, q), "")) for s, q in ions.items())
            entropy = -sum(c[s] * math.log(c[s]) for s in ions)
            capacity = c["Na"] * 96485.33212 / 3.6 / c.weight
            return phi * (c["Na"] / 1.02) / (4 / 1.40) + entropy + capacity

        rows.append(("entropy, states, potential, capacity", "this library", own["everything"], own["everything"]))
        rows.append(("entropy, potential, capacity (states given)", name, seconds(potential), own["everything"]))
    rows.append(("oxidation states", f"enumeration in plain Python, one state per element ({len(enumerate_states())} found)",
                 seconds(enumerate_states), own["charge_intervals"]))
    try:
        import smact  # noqa: F401
        from smact.screening import smact_filter
    except ImportError as error:
        missing.append(f"SMACT ({error})")
    else:
        elements = [smact.Element(s) for s in AMOUNTS]
        stoichiometry = [[round(10 * n)] for n in AMOUNTS.values()]
        rows.append(("oxidation states", "SMACT smact_filter", seconds(lambda: smact_filter(elements, stoichs=stoichiometry)),
                     own["charge_intervals"]))

    print(f"Composition {FORMULA}; processor time per composition, best of three.\n")
    print("| task | program | µs | ratio to this library |\n|---|---|---|---|")
    for task, program, time_, reference in rows:
        print(f"| {task} | {program} | {time_ * 1e6:.3g} | {time_ / reference:.3g} |")
    print(f"\nOne million compositions (entropy, states, potential, capacity): {own['everything'] * 1e6:.2f} s of one core.")
    for what in missing:
        print(f"Not measured: {what}.")


if __name__ == "__main__":
    main()
