// Diffraction: radiation, scattering, reflections, profiles, powder and zone-axis patterns.
#pragma once

#include <lamella/diffraction/absorption.hpp>
#include <lamella/diffraction/axial_divergence.hpp>
#include <lamella/diffraction/background.hpp>
#include <lamella/diffraction/electron_scattering.hpp>
#include <lamella/diffraction/extinction.hpp>
#include <lamella/diffraction/instrument.hpp>
#include <lamella/diffraction/neutron_scattering.hpp>
#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/diffraction/peak_broadening.hpp>
#include <lamella/diffraction/phase.hpp>
#include <lamella/diffraction/phase_peaks.hpp>
#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/powder_pattern.hpp>
#include <lamella/diffraction/preferred_orientation.hpp>
#include <lamella/diffraction/profile_units.hpp>
#include <lamella/diffraction/pseudo_voigt.hpp>
#include <lamella/diffraction/radiation.hpp>
#include <lamella/diffraction/reflections.hpp>
#include <lamella/diffraction/scattering.hpp>
#include <lamella/diffraction/spherical_harmonics_texture.hpp>
#include <lamella/diffraction/structure_factor.hpp>
#include <lamella/diffraction/surface_roughness.hpp>
#include <lamella/diffraction/zone_axis.hpp>
