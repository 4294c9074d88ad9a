// A series of patterns refined one after the other, forward, backward or from an anchor.
#pragma once

#include <lamella/core/error.hpp>                   // Error, fail
#include <lamella/core/result.hpp>                  // Result
#include <lamella/diffraction/phase.hpp>            // CrystalModel
#include <lamella/diffraction/powder_model.hpp>     // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>   // PowderPattern
#include <lamella/refine/series_options.hpp>        // SeriesOptions
#include <lamella/refine/series_point.hpp>          // SeriesPoint
#include <lamella/refine/series_refiner.hpp>        // SeriesRefiner

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// Refines `count` patterns that `source` gives by their index, one at a time: from number `anchor` on to the last, then from there back
/// to the first. 0 is forward, count − 1 backward. `visit` is called with each as it is done, in this order, and with
/// the refiner for its model. Throws where `anchor` is no pattern, and where the model itself cannot be refined.
template <CrystalModel Crystal>
void refine_series(PowderModel<Crystal> model, std::size_t count, const std::function<Result<PowderPattern>(std::size_t)>& source,
                   const std::type_identity_t<std::function<void(const SeriesPoint&, const SeriesRefiner<Crystal>&)>>& visit,
                   const std::type_identity_t<SeriesOptions<Crystal>>& options = {}, std::size_t anchor = 0) {
  if (count == 0) return;
  if (anchor >= count) fail("anchor " + std::to_string(anchor) + " of a series: expected the index of one of its " + std::to_string(count) + " patterns");
  SeriesRefiner<Crystal> refiner(std::move(model), options);
  std::optional<typename SeriesRefiner<Crystal>::State> turn;
  const auto step = [&](std::size_t i) {
    const auto pattern = source(i);
    SeriesPoint point;
    if (pattern) {
      point = refiner.refine(pattern.value());
    } else {
      point.status = SeriesStatus::unreadable;
      point.source = pattern.error().place().file;
      point.notes.emplace_back(pattern.error().what());
    }
    point.index = i;
    visit(point, refiner);
    if (!turn && anchor > 0 && refiner.started()) turn = refiner.state();
  };
  for (std::size_t i = anchor; i < count; ++i) step(i);
  if (turn) refiner.go_on_from(*turn);
  for (std::size_t i = anchor; i-- > 0;) step(i);
}

}  // namespace lamella
