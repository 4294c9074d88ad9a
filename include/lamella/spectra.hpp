// Photoelectron spectra: lines and backgrounds, fits, fractions of oxidation states, and who carries the charge.
#pragma once

#include <lamella/spectra/charge_account.hpp>
#include <lamella/spectra/line_shape.hpp>
#include <lamella/spectra/oxidation_preset.hpp>
#include <lamella/spectra/reference_combination.hpp>
#include <lamella/spectra/spectrum.hpp>
#include <lamella/spectra/spectrum_background.hpp>
#include <lamella/spectra/spectrum_fit.hpp>
#include <lamella/spectra/spectrum_model.hpp>
#include <lamella/spectra/valence_fractions.hpp>
