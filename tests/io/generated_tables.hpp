// Made by tests/io/function_table_header_test.cpp from a made-up law.
#pragma once

#include <lamella/fit/function_table.hpp>

namespace generated {

/// volume of a formula unit, Å³, against sodium per formula unit;
/// its derivative is Ω
inline constexpr lamella::FunctionTable<5> volume{
    0.4, 1.0,
    {40.184, 39.869749999999996, 39.551, 39.22775, 38.9},
    {-2.08, -2.11, -2.14, -2.17, -2.2},
    {0.001, 0.001, 0.001, 0.001, 0.001}};

}  // namespace generated
