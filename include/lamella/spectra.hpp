// Photoelectron spectra: lines and backgrounds, fits, fractions of oxidation states, and who carries the charge.
#pragma once

#include <lamella/spectra/line_shape.hpp>
#include <lamella/spectra/spectrum.hpp>
#include <lamella/spectra/spectrum_background.hpp>
#include <lamella/spectra/spectrum_fit.hpp>
#include <lamella/spectra/spectrum_model.hpp>
