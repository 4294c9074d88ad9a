// Reported numbers beside computed ones, each with a verdict.
#pragma once

#include <lamella/report/table.hpp>  // ReportTable, Mark

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// Whether a reported number follows from what else is reported and from computation.
enum class Verdict { agrees, disagrees, cannot_tell };

/// "agrees", "disagrees", "cannot-tell": as written in JSON.
constexpr std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::agrees: return "agrees";
    case Verdict::disagrees: return "disagrees";
    case Verdict::cannot_tell: break;
  }
  return "cannot-tell";
}

/// ✓, ✗ or ? for a verdict.
constexpr Mark mark_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::agrees: return Mark::good;
    case Verdict::disagrees: return Mark::bad;
    case Verdict::cannot_tell: break;
  }
  return Mark::open;
}

/// One reported statement and what computation says of it. The numbers are texts, already rounded; a missing
/// one is empty and shown as a dash.
struct Claim {
  std::string material;
  std::string quantity;
  std::string reported;
  std::string computed;
  std::string unit;
  Verdict verdict = Verdict::cannot_tell;
  std::string why;  ///< one sentence: from what it was computed, or why it cannot be told
};

/// How many claims got which verdict.
struct VerdictCount {
  std::size_t agrees = 0;
  std::size_t disagrees = 0;
  std::size_t cannot_tell = 0;
};

inline VerdictCount count_verdicts(std::span<const Claim> claims) {
  VerdictCount count;
  for (const Claim& claim : claims) {
    if (claim.verdict == Verdict::agrees) ++count.agrees;
    if (claim.verdict == Verdict::disagrees) ++count.disagrees;
    if (claim.verdict == Verdict::cannot_tell) ++count.cannot_tell;
  }
  return count;
}

/// The claims as a table in the order given, with a heading wherever the material changes.
inline ReportTable claims_table(std::span<const Claim> claims, std::string caption = "Reported and computed") {
  ReportTable table{.caption = std::move(caption),
                    .columns = {{"Quantity"},
                                {"Reported", Align::decimal},
                                {"Computed", Align::decimal},
                                {"Unit"},
                                {"Verdict"},
                                {"Why"}},
                    .rows = {},
                    .notes = {}};
  const auto or_dash = [](const std::string& text) { return text.empty() ? std::string("–") : text; };
  const std::string* material = nullptr;
  for (const Claim& claim : claims) {
    if (material == nullptr || *material != claim.material) {
      if (!claim.material.empty() || material != nullptr) table.rows.push_back({claim.material});
      material = &claim.material;
    }
    const std::string verdict = claim.verdict == Verdict::cannot_tell ? "cannot tell" : std::string(to_string(claim.verdict));
    table.rows.push_back({claim.quantity, or_dash(claim.reported), or_dash(claim.computed), claim.unit,
                          TableCell(mark_of(claim.verdict), verdict), claim.why});
  }
  return table;
}

}  // namespace lamella
