// Screening: substitutions on the metal site, criteria with unit and origin, requirements, ranks and the Pareto front.
#pragma once

#include <lamella/screening/barrier_table.hpp>
#include <lamella/screening/composition_evaluator.hpp>
#include <lamella/screening/criteria.hpp>
#include <lamella/screening/pareto_front.hpp>
#include <lamella/screening/screening.hpp>
#include <lamella/screening/substitution_grid.hpp>
