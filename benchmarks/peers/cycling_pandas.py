#!/usr/bin/env python3
"""A cycler's table of 46 102 rows read and analysed: this library beside pandas, numpy and scipy, timed in the same run.

usage: cycling_pandas.py CYCLING_BENCHMARK DATA

CYCLING_BENCHMARK is the program built from benchmarks/cycling_benchmark.cpp, DATA the folder of measured data. Both read the file,
divide it into half cycles by the sign of the current, sum capacity and energy, differentiate Q(V) by a cubic Savitzky-Golay filter of
21 points of 1 mV and V(Q) by one of 21 points of a thousandth of the capacity, and look for peaks and flat stretches. Prints a Markdown
table of processor time and the ratio; fails unless the capacities and the number of peaks are the same.
"""

import json
import math
import subprocess
import sys
import time


def library(program):
    command = [program, "--benchmark_format=json", "--benchmark_min_time=0.5", "--benchmark_repetitions=3", "--benchmark_filter=read_and_analyse"]
    out = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    runs = [r for r in out["benchmarks"] if r.get("run_type") == "iteration"]
    if any(r.get("error_occurred") for r in runs):
        sys.exit(runs[0]["error_message"])
    return min(r["cpu_time"] for r in runs), runs[0]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        import numpy as np
        import pandas as pd
        from scipy.signal import find_peaks, savgol_filter
    except ImportError as missing:
        print(f"skipped: {missing}")
        return

    file = sys.argv[2] + "/electrochem/cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv"

    def smoothed(x, y, step, derivative):
        places, inverse = np.unique(x, return_inverse=True)
        means = np.bincount(inverse, y) / np.bincount(inverse)
        grid = np.arange(math.ceil(places[0] / step - 1e-9), math.floor(places[-1] / step + 1e-9) + 1) * step
        return grid, savgol_filter(np.interp(grid, places, means), 21, 3, deriv=derivative, delta=step)

    def work():
        table = pd.read_csv(file)
        voltage = table["Ewe/V"].to_numpy()
        current = table["control/mA"].to_numpy()
        charge = table["(Q-Qo)/mA.h"].to_numpy()
        sign = np.sign(current)
        ends = np.flatnonzero(np.diff(sign)) + 1
        capacity, peaks, flat = 0.0, 0, 0
        for first, last in zip(np.r_[0, ends], np.r_[ends, len(sign)]):
            if sign[first] == 0:
                continue
            q = sign[first] * (charge[first:last] - charge[max(first - 1, 0)])
            v = voltage[first:last]
            capacity += q[-1]
            np.trapz(v, q)
            _, slope = smoothed(v, q, 0.001, 1)
            slope = sign[first] * slope
            smoothed(v, q, 0.001, 0)
            peaks += len(find_peaks(slope, prominence=0.05 * slope.max())[0])
            _, flatness = smoothed(q, v, q[-1] / 1000, 1)
            flat += np.count_nonzero(np.abs(flatness) < 0.25 * (v.max() - v.min()) / q[-1])
        return capacity, peaks

    ours, run = library(sys.argv[1])
    capacity, peaks = work()
    best = math.inf
    for _ in range(5):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    theirs = 1000 * best
    print("| | CPU time / ms | ratio |\n|---|---:|---:|")
    print(f"| this library | {ours:.1f} | 1 |")
    print(f"| pandas {pd.__version__}, numpy {np.__version__}, scipy | {theirs:.1f} | {theirs / ours:.1f} |")
    print(f"\nsum of capacities {run['capacity']:.7f} and {capacity:.7f} mAh, peaks {run['peaks']:.0f} and {peaks}")
    if abs(run["capacity"] - capacity) > 1e-6 * capacity or run["peaks"] != peaks:
        sys.exit("the results are not the same")


if __name__ == "__main__":
    main()
