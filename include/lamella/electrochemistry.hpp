// Electrochemistry: tables of cyclers, their cycles and dQ/dV, patterns joined with them by time, titration by pulses (GITT),
// impedance spectra and circuits.
#pragma once

#include <lamella/electrochemistry/alkali_content.hpp>
#include <lamella/electrochemistry/capacity_peaks.hpp>
#include <lamella/electrochemistry/circuit_elements.hpp>
#include <lamella/electrochemistry/circuit_text.hpp>
#include <lamella/electrochemistry/clock_join.hpp>
#include <lamella/electrochemistry/clock_time.hpp>
#include <lamella/electrochemistry/complex_number.hpp>
#include <lamella/electrochemistry/cycle_summary.hpp>
#include <lamella/electrochemistry/cycling_faults.hpp>
#include <lamella/electrochemistry/cycling_table.hpp>
#include <lamella/electrochemistry/differential_capacity.hpp>
#include <lamella/electrochemistry/equivalent_circuit.hpp>
#include <lamella/electrochemistry/gitt.hpp>
#include <lamella/electrochemistry/half_cycles.hpp>
#include <lamella/electrochemistry/impedance_fit.hpp>
#include <lamella/electrochemistry/impedance_spectrum.hpp>
#include <lamella/electrochemistry/kramers_kronig.hpp>
#include <lamella/electrochemistry/molar_volume.hpp>
#include <lamella/electrochemistry/plateaus.hpp>
#include <lamella/electrochemistry/savitzky_golay.hpp>
#include <lamella/electrochemistry/warburg_diffusion.hpp>
