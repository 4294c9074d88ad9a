// Electrochemistry: tables of cyclers.
#pragma once

#include <lamella/electrochemistry/cycling_faults.hpp>
#include <lamella/electrochemistry/cycling_table.hpp>
