// Powder diffraction: radiation, scattering, reflections, profiles, patterns.
#pragma once

#include <lamella/diffraction/axial_divergence.hpp>
#include <lamella/diffraction/instrument.hpp>
#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/powder_pattern.hpp>
#include <lamella/diffraction/pseudo_voigt.hpp>
#include <lamella/diffraction/radiation.hpp>
#include <lamella/diffraction/reflections.hpp>
#include <lamella/diffraction/scattering.hpp>
#include <lamella/diffraction/structure_factor.hpp>
