// Reflection conditions: which reflections of which classes a space group lets through, as International Tables list them.
//
// A reflection h is extinct where an operation (R, t) with hR = h has a phase h·t that is no whole number. For all
// reflections of a class (such as 0kl) these phases are a group of congruences; it is found from the operations and written
// with the fewest and simplest ones. International Tables for Crystallography Vol. A, section 1.6.3.
#pragma once

#include <lamella/crystal/coordinates.hpp>         // Miller
#include <lamella/crystal/point_group.hpp>         // crystal_system, rotation_kind
#include <lamella/crystal/space_group.hpp>         // SpaceGroup
#include <lamella/crystal/symmetry_operation.hpp>  // SymmetryOperation

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// factors · (h, k, l) must be a multiple of `modulus`.
struct Congruence {
  std::array<int, 3> factors{};
  int modulus = 1;

  constexpr bool holds(const Miller& m) const {
    return (factors[0] * m.h + factors[1] * m.k + factors[2] * m.l) % modulus == 0;
  }
};

/// The condition that the reflections of one class must meet to be present.
struct ReflectionCondition {
  std::string reflections;              ///< the class: "hkl", "0kl", "hhl", "00l"; on hexagonal axes "hkil", "h-h0l", "000l"
  std::string condition;                ///< "h+k=2n, h+l=2n, k+l=2n", "-h+k+l=3n", "k+l=4n"
  std::vector<Congruence> congruences;  ///< the same in numbers
  std::vector<Miller> axes;             ///< vectors that span the class
  bool implied = false;                 ///< follows from the condition of a more general class (hkl, or 0kl for 00l)

  /// Whether a reflection belongs to the class as it stands (not to an equivalent class such as h0l for 0kl).
  bool applies_to(const Miller& m) const;
  /// Whether it does not, or meets the condition.
  bool allows(const Miller& m) const {
    return !applies_to(m) || std::all_of(congruences.begin(), congruences.end(), [&](const Congruence& c) { return c.holds(m); });
  }
};

namespace detail {

/// A class of reflections: letters for the free indices and the vector that each multiplies.
struct ReflectionClass {
  std::string_view name, letters;
  std::array<Miller, 3> axes;
  std::size_t size() const { return letters.size(); }
  std::span<const Miller> span() const { return {axes.data(), letters.size()}; }
};

inline constexpr std::array<ReflectionClass, 12> general_classes = {{
    {"hkl", "hkl", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
    {"0kl", "kl", {{{0, 1, 0}, {0, 0, 1}, {}}}},
    {"h0l", "hl", {{{1, 0, 0}, {0, 0, 1}, {}}}},
    {"hk0", "hk", {{{1, 0, 0}, {0, 1, 0}, {}}}},
    {"hhl", "hl", {{{1, 1, 0}, {0, 0, 1}, {}}}},
    {"h-hl", "hl", {{{1, -1, 0}, {0, 0, 1}, {}}}},
    {"h00", "h", {{{1, 0, 0}, {}, {}}}},
    {"0k0", "k", {{{0, 1, 0}, {}, {}}}},
    {"00l", "l", {{{0, 0, 1}, {}, {}}}},
    {"hh0", "h", {{{1, 1, 0}, {}, {}}}},
    {"h-h0", "h", {{{1, -1, 0}, {}, {}}}},
    {"hhh", "h", {{{1, 1, 1}, {}, {}}}},
}};

inline constexpr std::array<ReflectionClass, 7> hexagonal_classes = {{
    {"hkil", "hkl", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
    {"hki0", "hk", {{{1, 0, 0}, {0, 1, 0}, {}}}},
    {"hh-2hl", "hl", {{{1, 1, 0}, {0, 0, 1}, {}}}},
    {"h-h0l", "hl", {{{1, -1, 0}, {0, 0, 1}, {}}}},
    {"hh-2h0", "h", {{{1, 1, 0}, {}, {}}}},
    {"h-h00", "h", {{{1, -1, 0}, {}, {}}}},
    {"000l", "l", {{{0, 0, 1}, {}, {}}}},
}};

/// Whether `m` is a linear combination of the axes.
inline bool in_span(const Miller& m, std::span<const Miller> axes) {
  const auto cross = [](const Miller& a, const Miller& b) {
    return Miller{a.k * b.l - a.l * b.k, a.l * b.h - a.h * b.l, a.h * b.k - a.k * b.h};
  };
  if (axes.size() >= 3) return true;
  if (axes.size() == 1) return cross(m, axes[0]) == Miller{};
  const Miller normal = cross(axes[0], axes[1]);
  return normal.h * m.h + normal.k * m.k + normal.l * m.l == 0;
}

/// One phase of a class, in units of 1/24 for each free index.
using TranslationPhase = std::array<int, 3>;

inline TranslationPhase multiple(const TranslationPhase& p, int n) { return {p[0] * n % 24, p[1] * n % 24, p[2] * n % 24}; }
inline int order_of(const TranslationPhase& p) { return 24 / std::gcd(std::gcd(p[0], p[1]), std::gcd(p[2], 24)); }
inline bool has(const std::vector<TranslationPhase>& list, const TranslationPhase& p) { return std::find(list.begin(), list.end(), p) != list.end(); }

/// Extends a group of phases by one more.
inline void extend(std::vector<TranslationPhase>& group, const TranslationPhase& p) {
  const std::vector<TranslationPhase> before = group;
  for (int n = 1; n < order_of(p); ++n)
    for (const TranslationPhase& q : before) {
      const TranslationPhase step = multiple(p, n);
      const TranslationPhase sum = {(q[0] + step[0]) % 24, (q[1] + step[1]) % 24, (q[2] + step[2]) % 24};
      if (!has(group, sum)) group.push_back(sum);
    }
}

/// The phases of a class: from the operations that leave all of its reflections where they are.
inline std::vector<TranslationPhase> phases_of(const SpaceGroup& group, std::span<const Miller> axes) {
  std::vector<TranslationPhase> all{TranslationPhase{}};
  for (const auto& op : group.operations()) {
    TranslationPhase p{};
    bool fixes = true;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      fixes = fixes && op.transform(axes[i]) == axes[i];
      p[i] = ((op.phase(axes[i]) % 24) + 24) % 24;
    }
    if (fixes && !has(all, p)) all.push_back(p);
  }
  return all;
}

/// The congruence of a phase: factors of smallest size, with few minus signs.
inline Congruence congruence_of(const TranslationPhase& p) {
  const int order = order_of(p);
  Congruence best;
  int best_cost = 1 << 30;
  for (int u = 1; u < order || u == 1; ++u) {
    if (std::gcd(u, order) != 1) continue;
    const TranslationPhase q = multiple(p, u);
    Congruence c{{}, order};
    int cost = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      int factor = q[i] / (24 / order);
      if (2 * factor > order) factor -= order;
      c.factors[i] = factor;
      cost += 4 * std::abs(factor) + (factor < 0 ? 1 : 0);
    }
    if (cost < best_cost) {
      best_cost = cost;
      best = c;
    }
  }
  return best;
}

/// The fewest and simplest congruences of a group of phases, and the further ones that a reader expects beside them:
/// h+k, h+l and also k+l for F.
inline std::vector<Congruence> congruences_of(const std::vector<TranslationPhase>& phases) {
  struct Candidate {
    Congruence congruence;
    TranslationPhase phase;
    int cost;
  };
  std::vector<Candidate> candidates;
  for (const TranslationPhase& p : phases) {
    if (p == TranslationPhase{}) continue;
    const Congruence c = congruence_of(p);
    // 2h-l=6n is better said as h+l=3n, l=2n, which are phases of the group too.
    if (c.modulus % 6 == 0 && std::count(c.factors.begin(), c.factors.end(), 0) < 2) continue;
    int cost = -100 * c.modulus;
    for (const int f : c.factors) cost += 4 * std::abs(f) + (f < 0 ? 1 : 0);
    const bool known = std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& other) {
      return other.congruence.factors == c.factors && other.congruence.modulus == c.modulus;
    });
    if (!known) candidates.push_back({c, p, cost});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.congruence.factors > b.congruence.factors;
  });
  std::vector<Congruence> chosen;
  std::vector<TranslationPhase> group{TranslationPhase{}}, cyclic{TranslationPhase{}};
  std::array<bool, 3> alone{};  // letters with a condition of their own
  for (const Candidate& c : candidates) {
    const auto letters = std::count_if(c.congruence.factors.begin(), c.congruence.factors.end(), [](int f) { return f != 0; });
    bool wanted = !has(group, c.phase);
    if (!wanted && c.congruence.modulus == 2 && !has(cyclic, c.phase)) {
      for (std::size_t i = 0; i < 3; ++i) wanted = wanted || (c.congruence.factors[i] != 0 && !alone[i]);
    }
    if (!wanted) continue;
    chosen.push_back(c.congruence);
    for (std::size_t i = 0; i < 3; ++i) alone[i] = alone[i] || (letters == 1 && c.congruence.factors[i] != 0);
    for (int n = 1; n < c.congruence.modulus; ++n) cyclic.push_back(multiple(c.phase, n));
    extend(group, c.phase);
  }
  // k-l=4n says nothing beside k+l=4n, k=2n, l=2n.
  for (std::size_t i = chosen.size(); i-- > 0;) {
    if (std::none_of(chosen[i].factors.begin(), chosen[i].factors.end(), [](int f) { return f < 0; })) continue;
    std::vector<TranslationPhase> others{TranslationPhase{}};
    for (std::size_t k = 0; k < chosen.size(); ++k)
      if (const int unit = 24 / chosen[k].modulus; k != i) {
        TranslationPhase p{};
        for (std::size_t n = 0; n < 3; ++n) p[n] = ((chosen[k].factors[n] * unit) % 24 + 24) % 24;
        if (!has(others, p)) extend(others, p);
      }
    if (others.size() == group.size()) chosen.erase(chosen.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return chosen;
}

inline std::string to_text(const Congruence& c, std::string_view letters) {
  std::string text;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const int f = c.factors[i];
    if (f == 0) continue;
    if (f < 0) text += '-';
    else if (!text.empty()) text += '+';
    if (std::abs(f) > 1) text += std::to_string(std::abs(f));
    text += letters[i];
  }
  return text + "=" + std::to_string(c.modulus) + "n";
}

}  // namespace detail

inline bool ReflectionCondition::applies_to(const Miller& m) const { return detail::in_span(m, axes); }

/// The reflection conditions of the general position, general classes first. Of classes that symmetry makes equivalent
/// (0kl, h0l and hk0 in a cubic group) only the first is listed. Empty for groups without extinctions such as P-3m1.
inline std::vector<ReflectionCondition> reflection_conditions(const SpaceGroup& group) {
  const auto& ops = group.operations();
  const bool hexagonal_axes = std::any_of(ops.begin(), ops.end(), [](const SymmetryOperation& op) {
    return std::abs(rotation_kind(op)) == 3 && op.transform({0, 0, 1}).l * op.transform({0, 0, 1}).l == 1;
  });
  const std::span<const detail::ReflectionClass> classes =
      hexagonal_axes ? std::span<const detail::ReflectionClass>(detail::hexagonal_classes) : detail::general_classes;
  const auto system = crystal_system(group);
  const bool diagonals = !hexagonal_axes && system >= CrystalSystem::tetragonal;
  std::vector<ReflectionCondition> list;
  std::vector<std::vector<Miller>> seen;
  for (const auto& c : classes) {
    if (!diagonals && !hexagonal_axes && (c.axes[0].h != 0) + (c.axes[0].k != 0) + (c.axes[0].l != 0) > 1) continue;
    if (c.name == "hhh" && system == CrystalSystem::tetragonal) continue;
    const bool equivalent = std::any_of(seen.begin(), seen.end(), [&](const std::vector<Miller>& other) {
      return other.size() == c.size() && std::any_of(ops.begin(), ops.end(), [&](const SymmetryOperation& op) {
               return std::all_of(c.span().begin(), c.span().end(),
                                  [&](const Miller& m) { return detail::in_span(op.transform(m), other); });
             });
    });
    if (equivalent) continue;
    seen.emplace_back(c.span().begin(), c.span().end());
    const auto phases = detail::phases_of(group, c.span());
    if (phases.size() == 1) continue;
    ReflectionCondition condition;
    condition.reflections = c.name;
    condition.axes.assign(c.span().begin(), c.span().end());
    for (const Congruence& found : detail::congruences_of(phases)) {
      condition.condition += (condition.condition.empty() ? "" : ", ") + detail::to_text(found, c.letters);
      Congruence own{{}, found.modulus};  // of the index that each letter stands for
      for (std::size_t i = 0; i < c.size(); ++i) own.factors[std::string_view("hkl").find(c.letters[i])] = found.factors[i];
      condition.congruences.push_back(own);
    }
    // What more general classes already say about this one.
    std::vector<detail::TranslationPhase> inherited{detail::TranslationPhase{}};
    for (const auto& general : classes) {
      if (general.size() <= c.size()) continue;
      for (const auto& op : ops) {  // also by a class that is equivalent to a listed one
        std::vector<Miller> image;
        for (const Miller& m : c.span()) image.push_back(op.transform(m));
        if (!std::all_of(image.begin(), image.end(), [&](const Miller& m) { return detail::in_span(m, general.span()); })) continue;
        for (const auto& fixing : ops) {
          const bool fixes = std::all_of(general.span().begin(), general.span().end(),
                                         [&](const Miller& m) { return fixing.transform(m) == m; });
          if (!fixes) continue;
          detail::TranslationPhase p{};
          for (std::size_t i = 0; i < image.size(); ++i) p[i] = ((fixing.phase(image[i]) % 24) + 24) % 24;
          if (!detail::has(inherited, p)) detail::extend(inherited, p);
        }
      }
    }
    condition.implied = inherited.size() >= phases.size();
    list.push_back(std::move(condition));
  }
  return list;
}

}  // namespace lamella::inline LAMELLA_ABI
