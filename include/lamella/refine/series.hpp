// A series of patterns refined one after the other, forward, backward or from an anchor.
#pragma once

#include <lamella/core/error.hpp>                   // fail
#include <lamella/core/result.hpp>                  // Result
#include <lamella/diffraction/phase.hpp>            // CrystalModel
#include <lamella/diffraction/powder_model.hpp>     // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>   // PowderPattern
#include <lamella/refine/series_checkpoint.hpp>     // SeriesCheckpoint
#include <lamella/refine/series_options.hpp>        // SeriesOptions
#include <lamella/refine/series_point.hpp>          // SeriesPoint
#include <lamella/refine/series_refiner.hpp>        // SeriesRefiner

#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// Refines `count` patterns that `source` gives by their index, one at a time: from number `anchor` on to the last, then from there back
/// to the first. 0 is forward, count − 1 backward. `visit` is called with each as it is done, in this order, and with
/// the refiner for its model and its checkpoint; given as `from`, that lets a later call go on with the pattern after it, to the same
/// result. Throws where `anchor` is no pattern, where `from` is of another series, and where the model itself cannot be refined.
template <CrystalModel Crystal>
void refine_series(PowderModel<Crystal> model, std::size_t count, const std::function<Result<PowderPattern>(std::size_t)>& source,
                   const std::type_identity_t<std::function<void(const SeriesPoint&, const SeriesRefiner<Crystal>&)>>& visit,
                   const std::type_identity_t<SeriesOptions<Crystal>>& options = {}, std::size_t anchor = 0, const SeriesCheckpoint& from = {}) {
  if (count == 0) return;
  if (anchor >= count) fail("anchor " + std::to_string(anchor) + " of a series: expected the index of one of its " + std::to_string(count) + " patterns");
  SeriesRefiner<Crystal> refiner(std::move(model), options);
  if (from.done > 0) refiner.restore(from);
  const std::size_t onward = count - anchor;
  for (std::size_t n = refiner.done(); n < count; ++n) {
    if (n == onward) refiner.turn_back();
    const std::size_t i = n < onward ? anchor + n : count - 1 - n;
    const auto pattern = source(i);
    SeriesPoint point = pattern ? refiner.refine(pattern.value()) : refiner.skip(pattern.error());
    point.index = i;
    if (anchor > 0 && refiner.started()) refiner.remember_turn();
    visit(point, refiner);
  }
}

}  // namespace lamella
