// Refinements in several threads at once give what they give one after another, to the bit.
#include <lamella/refine/rietveld.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_model;

namespace {

/// All numbers of a small refinement, each pattern with its own noise; model, pattern and options are shared by all threads.
class Task {
 public:
  Task() {
    Random random(17);
    for (int i = 0; i < 4; ++i) patterns_.push_back(noisy_pattern(model_, even_grid(15, 0.06, 500), random));
    options_.plan = {{"scale", {"O3.scale", "pattern.background.*"}, 4, 0}, {"cell", {"O3.cell.a", "O3.cell.c", "O3.O1.z", "O3.*.Uiso", "pattern.W"}, 4, 0}};
  }

  std::vector<double> operator()(std::size_t i) const {
    PowderModel<> start = model_;
    start.phases[0].crystal.cell = hexagonal_cell(2.962 + 1e-5 * static_cast<double>(i), 16.21);
    const auto fit = refine(start, patterns_[i % patterns_.size()], options_);
    std::vector<double> numbers = fit.values;
    numbers.insert(numbers.end(), fit.covariance.data(), fit.covariance.data() + fit.covariance.size());
    numbers.insert(numbers.end(), fit.calculated.begin(), fit.calculated.end());
    numbers.push_back(fit.agreement.Rwp);
    numbers.push_back(fit.cycles);
    return numbers;
  }

 private:
  PowderModel<> model_ = synthetic_model();
  std::vector<PowderPattern> patterns_;
  RefinementOptions<> options_;
};

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

void check_threads(std::size_t count) {
  const Task task;
  std::vector<std::vector<double>> parallel(count);
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < count; i = next++) parallel[i] = task(i);
    });
  for (auto& thread : threads) thread.join();
  std::size_t different = 0;
  for (std::size_t i = 0; i < count; ++i) different += !same_bits(parallel[i], task(i));
  CHECK(different == 0);
  CHECK(parallel[0].size() > 500);
  CHECK_FALSE(same_bits(parallel[0], parallel[1]));  // they were not all one refinement
}

}  // namespace

TEST_CASE("24 refinements in 8 threads are bit-identical to serial ones") { check_threads(24); }

TEST_CASE("slow: 1000 refinements in 8 threads are bit-identical to serial ones") { check_threads(1000); }
