// Refinement of powder patterns.
#pragma once

#include <lamella/refine/agreement.hpp>
#include <lamella/refine/alkali_content.hpp>
#include <lamella/refine/free_intensities.hpp>
#include <lamella/refine/joint_refinement.hpp>
#include <lamella/refine/model_numbers.hpp>
#include <lamella/refine/named_restraint.hpp>
#include <lamella/refine/parametric_series.hpp>
#include <lamella/refine/pattern_parameters.hpp>
#include <lamella/refine/pattern_problem.hpp>
#include <lamella/refine/peak_tracking.hpp>
#include <lamella/refine/phase_quantities.hpp>
#include <lamella/refine/plan.hpp>
#include <lamella/refine/refinement.hpp>
#include <lamella/refine/restraint.hpp>
#include <lamella/refine/rietveld.hpp>
#include <lamella/refine/series.hpp>
#include <lamella/refine/series_checkpoint.hpp>
#include <lamella/refine/series_mechanism.hpp>
#include <lamella/refine/series_options.hpp>
#include <lamella/refine/series_point.hpp>
#include <lamella/refine/series_record.hpp>
#include <lamella/refine/series_refiner.hpp>
#include <lamella/refine/series_segments.hpp>
#include <lamella/refine/strain_functions.hpp>
#include <lamella/refine/symmetry_constraints.hpp>
