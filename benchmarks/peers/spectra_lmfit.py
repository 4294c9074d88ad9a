#!/usr/bin/env python3
"""A fit of three doublets: this library beside lmfit, timed in the same run on the same points.

usage: spectra_lmfit.py SPECTRA_BENCHMARK

SPECTRA_BENCHMARK is the program built from benchmarks/spectra_benchmark.cpp. Prints a Markdown table of processor time per fit and the
ratio to this library, and says whether both end at the same chi-square. Where lmfit is not installed, scipy's least_squares stands
alone; where that is missing too, it is named.
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
    command = [program, "--benchmark_format=json", "--benchmark_min_time=0.3", "--benchmark_repetitions=3", "--benchmark_filter=three_doublets/constant"]
    out = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    runs = [r for r in out["benchmarks"] if r.get("run_type") == "iteration"]
    if any(r.get("error_occurred") for r in runs):
        sys.exit(runs[0]["error_message"])
    return min(r["cpu_time"] for r in runs) * 1e-3, runs[0]["chi_square"]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    own, own_chi_square = library(sys.argv[1])
    rows = [("this library", own, own_chi_square)]
    missing = []
    try:
        import numpy as np
        from scipy.optimize import least_squares
    except ImportError as error:
        sys.exit(f"this library: {own * 1e3:.3g} ms; not measured: {error}")
    lines = subprocess.run([sys.argv[1], "--points"], check=True, capture_output=True, text=True).stdout
    x, y, sigma = np.array([[float(w) for w in line.split()] for line in lines.splitlines()]).T

    # Shirley's factor as the library's benchmark holds it: background = constant + 0.02 * integral of the lines.
    steps = np.diff(x)

    def model(p):
        constant, fwhm, mixing, splitting = p[:4]
        total = np.zeros_like(x)
        for position, area in zip(p[4:7], p[7:10]):
            for at, share in ((position, 1.0), (position + splitting, 0.5)):
                u = 4 * ((x - at) / fwhm) ** 2
                total += area * share * (mixing * 2 / (math.pi * fwhm) / (1 + u) + (1 - mixing) * 2 / fwhm * math.sqrt(math.log(2) / math.pi) * np.exp(-math.log(2) * u))
        below = np.concatenate(([0.0], np.cumsum(0.5 * steps * (total[1:] + total[:-1]))))
        return constant + total + 0.02 * below

    start = np.array([3000, 1.8, 0.5, 17.0, 854.7, 856.8, 860.0, 21000, 14000, 8400])
    lower = np.array([-np.inf, 1e-3, 0, -np.inf, -np.inf, -np.inf, -np.inf, 0, 0, 0])
    upper = np.array([np.inf, np.inf, 1] + [np.inf] * 7)
    scale = np.array([1000, 1, 1, 1, 1, 1, 1, 1e4, 1e4, 1e4])
    fit = lambda: least_squares(lambda p: (y - model(p)) / sigma, start, bounds=(lower, upper), x_scale=scale)
    rows.append(("scipy least_squares (trf, differences)", seconds(fit), 2 * fit().cost))

    try:
        import lmfit
    except ImportError as error:
        missing.append(f"lmfit ({error})")
    else:
        names = ["constant", "fwhm", "mixing", "splitting", "p1", "p2", "p3", "a1", "a2", "a3"]
        parameters = lmfit.Parameters()
        for name, value, low, high in zip(names, start, lower, upper):
            parameters.add(name, value=value, min=low, max=high)
        residual = lambda q: (y - model([q[name].value for name in names])) / sigma
        run = lambda: lmfit.minimize(residual, parameters)
        rows.append((f"lmfit {lmfit.__version__} (leastsq, same model as a numpy function)", seconds(run), run().chisqr))

    print("| one fit of three doublets, 301 points, 10 parameters | ms of processor time | ratio | chi-square |\n|---|---|---|---|")
    for name, time_, chi_square in rows:
        print(f"| {name} | {time_ * 1e3:.3g} | {time_ / own:.3g} | {chi_square:.6f} |")
    for what in missing:
        print(f"\nNot measured: {what}.")
    if any(abs(c / own_chi_square - 1) > 1e-5 for _, _, c in rows):
        sys.exit("the fits do not end at the same chi-square")


if __name__ == "__main__":
    main()
