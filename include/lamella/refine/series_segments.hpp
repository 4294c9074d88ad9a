// A series of patterns in segments that do not wait for each other.
#pragma once

#include <lamella/core/error.hpp>                     // fail
#include <lamella/core/executor.hpp>                  // Executor, SerialExecutor
#include <lamella/core/result.hpp>                    // Result
#include <lamella/diffraction/phase.hpp>              // CrystalModel
#include <lamella/diffraction/powder_model.hpp>       // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>     // PowderPattern
#include <lamella/refine/detail/fingerprint.hpp>      // fingerprint
#include <lamella/refine/detail/input_checks.hpp>     // points_fault
#include <lamella/refine/series_checkpoint.hpp>       // SeriesCheckpoint
#include <lamella/refine/series_options.hpp>          // SeriesOptions
#include <lamella/refine/series_point.hpp>            // SeriesPoint
#include <lamella/refine/series_refiner.hpp>          // SeriesRefiner

#include <algorithm>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// How a series is divided. This, not the number of threads, decides what numbers come out.
struct SegmentOptions {
  std::size_t length = 64;  ///< patterns of a segment; the last one may be shorter
  /// Patterns from which segments start: each from the nearest of these (of two the earlier). They are refined beforehand, in this order, each from
  /// the one before it, which no executor makes faster; one is enough where the series does not change beyond recognition.
  std::vector<std::size_t> anchors{0};

  std::size_t segments(std::size_t count) const { return length == 0 ? 0 : (count + length - 1) / length; }
};

namespace detail {

/// Where the segments start: the refiner's state after each anchor.
template <CrystalModel Crystal>
std::vector<SeriesCheckpoint> refine_anchors(const PowderModel<Crystal>& model, std::size_t count, const std::function<Result<PowderPattern>(std::size_t)>& source,
                                             const SeriesOptions<Crystal>& options, const SegmentOptions& division) {
  SeriesRefiner<Crystal> refiner(model, options);
  std::vector<SeriesCheckpoint> starts;
  for (std::size_t a = 0; a < division.anchors.size(); ++a) {
    // The first one decides for all: where it cannot be refined, the patterns after it are tried.
    for (std::size_t i = division.anchors[a]; i < count; ++i) {
      if (const auto pattern = source(i)) refiner.refine(pattern.value());
      if (refiner.started()) break;
    }
    starts.push_back(refiner.checkpoint());
    starts.back().done = 0;
  }
  return starts;
}

}  // namespace detail

/// Refines `count` patterns like `refine_series`, but in segments that start from anchors, so that `executor` may run them at once. The numbers are
/// the same for every executor, to the bit; they differ from those without segments by what is left of where a fit
/// started. An anchor is a start only: its pattern is refined again with its segment.
///
/// `source` is called from several threads at once where the executor runs several. `visit` is called for one pattern at a time, in order within a
/// segment, in any order of the segments; `refiner.done()` counts within the segment. Given as `from`, one checkpoint per segment lets each go on where it
/// stood (`done` 0: from its anchor). Throws as `refine_series`, and for a length of 0 or anchors that are no patterns.
template <CrystalModel Crystal>
void refine_segments(const PowderModel<Crystal>& model, std::size_t count, const std::function<Result<PowderPattern>(std::size_t)>& source,
                     const std::type_identity_t<std::function<void(const SeriesPoint&, const SeriesRefiner<Crystal>&)>>& visit,
                     const std::type_identity_t<SeriesOptions<Crystal>>& options = {}, const SegmentOptions& division = {},
                     const Executor& executor = SerialExecutor{}, const std::vector<SeriesCheckpoint>& from = {}) {
  if (count == 0) return;
  if (division.length == 0) fail("segments of a series: expected a length of at least 1 pattern");
  if (division.anchors.empty()) fail("segments of a series: expected at least one anchor");
  for (const std::size_t anchor : division.anchors)
    if (anchor >= count) fail("anchor " + std::to_string(anchor) + " of a series: expected the index of one of its " + std::to_string(count) + " patterns");
  const auto starts = detail::refine_anchors(model, count, source, options, division);
  const auto nearest = [&](std::size_t i) {
    const auto distance = [&](std::size_t a) { return a > i ? 2 * (a - i) + 1 : 2 * (i - a); };  // of two as far the earlier
    const auto found = std::min_element(division.anchors.begin(), division.anchors.end(), [&](std::size_t a, std::size_t b) { return distance(a) < distance(b); });
    return static_cast<std::size_t>(found - division.anchors.begin());
  };
  std::mutex visiting;
  executor(division.segments(count), [&](std::size_t segment) {
    const std::size_t first = segment * division.length, size = std::min(division.length, count - first);
    const bool resumed = segment < from.size() && from[segment].done > 0;
    if (resumed && from[segment].done >= size) return;
    SeriesRefiner<Crystal> refiner(model, options);
    if (resumed) {
      refiner.restore(from[segment]);
    } else {
      SeriesCheckpoint start = starts[nearest(first)];
      // What the pattern before the segment looks like, by which a repeated one is noticed.
      start.counts = 0;
      start.counts_source.clear();
      if (first > 0)
        if (const auto before = source(first - 1); before && detail::points_fault(before.value()).empty()) {
          start.counts = detail::fingerprint(before.value().intensity);
          start.counts_source = before.value().source;
        }
      refiner.restore(start);
    }
    for (std::size_t n = refiner.done(); n < size; ++n) {
      const auto pattern = source(first + n);
      SeriesPoint point = pattern ? refiner.refine(pattern.value()) : refiner.skip(pattern.error());
      point.index = first + n;
      const std::lock_guard lock(visiting);
      visit(point, refiner);
    }
  });
}

}  // namespace lamella
