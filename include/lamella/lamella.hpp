// The whole library but for reading, writing and reports: include those by name, lamella/io/… and lamella/report/….
#pragma once

#include <lamella/bonding.hpp>
#include <lamella/chemistry.hpp>
#include <lamella/core.hpp>
#include <lamella/crystal.hpp>
#include <lamella/diffraction.hpp>
#include <lamella/electrochemistry.hpp>
#include <lamella/fields.hpp>
#include <lamella/fit.hpp>
#include <lamella/layered.hpp>
#include <lamella/migration.hpp>
#include <lamella/refine.hpp>
#include <lamella/screening.hpp>
#include <lamella/spectra.hpp>
