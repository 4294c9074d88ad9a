// Electrochemistry: tables of cyclers and patterns joined with them by time, impedance spectra and their circuits.
#pragma once

#include <lamella/electrochemistry/circuit_elements.hpp>
#include <lamella/electrochemistry/circuit_text.hpp>
#include <lamella/electrochemistry/clock_join.hpp>
#include <lamella/electrochemistry/clock_time.hpp>
#include <lamella/electrochemistry/complex_number.hpp>
#include <lamella/electrochemistry/cycling_faults.hpp>
#include <lamella/electrochemistry/cycling_table.hpp>
#include <lamella/electrochemistry/equivalent_circuit.hpp>
#include <lamella/electrochemistry/impedance_fit.hpp>
#include <lamella/electrochemistry/impedance_spectrum.hpp>
#include <lamella/electrochemistry/kramers_kronig.hpp>
