#!/usr/bin/env python3
"""A fit of five parameters to an impedance spectrum: this library beside SciPy, timed in the same run on the same points.

usage: impedance_scipy.py IMPEDANCE_BENCHMARK

IMPEDANCE_BENCHMARK is the program built from benchmarks/impedance_benchmark.cpp. Prints a Markdown table of processor time per fit from
one start and the ratio to this library, and says whether all end at the same chi-square.
"""

import json
import math
import subprocess
import sys
import time


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
    command = [program, "--benchmark_format=json", "--benchmark_min_time=0.3", "--benchmark_repetitions=3", "--benchmark_filter=five_parameters/0"]
    out = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    runs = [r for r in out["benchmarks"] if r.get("run_type") == "iteration"]
    if any(r.get("error_occurred") for r in runs):
        sys.exit(runs[0]["error_message"])
    return min(r["cpu_time"] for r in runs) * 1e-3, runs[0]["chi_square"]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    own, own_chi_square = library(sys.argv[1])
    try:
        import numpy as np
        import scipy
        from scipy.optimize import least_squares
    except ImportError as error:
        sys.exit(f"this library: {own * 1e3:.3g} ms; not measured: {error}")
    lines = subprocess.run([sys.argv[1], "--points"], check=True, capture_output=True, text=True).stdout
    f, re, im = np.array([[float(w) for w in line.split()] for line in lines.splitlines()]).T
    omega, z = 2 * np.pi * f, re + 1j * im
    weight = 1 / abs(z)

    def residual(q):
        """In logarithms like the library, but for the exponent."""
        r0, r1, y, sigma = np.exp(q[[0, 1, 2, 4]])
        r = (z - r0 - 1 / (1 / r1 + y * (1j * omega) ** q[3]) - sigma * (1 - 1j) / np.sqrt(omega)) * weight
        return np.concatenate((r.real, r.imag))

    start = np.array([math.log(5), math.log(100), math.log(1e-4), 0.7, math.log(10)])
    lm = lambda: least_squares(residual, start, method="lm")
    bounded = lambda: least_squares(residual, start, bounds=([-np.inf] * 3 + [0.05, -np.inf], [np.inf] * 3 + [1, np.inf]))
    rows = [("this library", own, own_chi_square), (f"scipy {scipy.__version__} least_squares (lm, differences)", seconds(lm), 2 * lm().cost),
            ("the same with bounds (trf)", seconds(bounded), 2 * bounded().cost)]
    print("| one fit of R-(R\\|Q)-W, 57 points, 5 parameters, one start | ms of processor time | ratio | chi-square |\n|---|---|---|---|")
    for name, time_, chi_square in rows:
        print(f"| {name} | {time_ * 1e3:.3g} | {time_ / own:.3g} | {chi_square:.8f} |")
    if any(abs(c / own_chi_square - 1) > 1e-6 for _, _, c in rows):
        sys.exit("the fits do not end at the same chi-square")


if __name__ == "__main__":
    main()
