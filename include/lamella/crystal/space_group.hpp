// Space groups: closed sets of symmetry operations, by symbol, by number or from their operations.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place, fail
#include <lamella/core/result.hpp>                 // Result
#include <lamella/crystal/coordinates.hpp>         // Miller
#include <lamella/crystal/detail/space_group_table.hpp>  // SpaceGroupSetting
#include <lamella/crystal/hall_symbol.hpp>         // parse_hall_symbol
#include <lamella/crystal/operation_list.hpp>      // OperationList, closed
#include <lamella/crystal/symmetry_operation.hpp>  // SymmetryOperation

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A space group as the list of its operations modulo the lattice of the conventional cell
/// (International Tables Vol. A; hexagonal axes, obverse setting, for R groups).
class SpaceGroup {
 public:
  /// P1.
  SpaceGroup() : operations_{SymmetryOperation{}} {}

  /// The group of a closed list of operations (`closed`, `parse_hall_symbol`). `name` and `number` describe it; number 0
  /// means "not stated". Precondition: `operations` is a group with the identity first.
  SpaceGroup(const OperationList& operations, std::string name, int number)
      : name_(std::move(name)), number_(number), operations_(operations.begin(), operations.end()) {}

  /// The group that `generators` span. `name` and `number` describe it; number 0 means "not stated".
  /// Error where the operations do not close to at most 192 (the order of Fm-3m).
  static Result<SpaceGroup> try_generated_by(std::span<const SymmetryOperation> generators, std::string name,
                                             int number, const Place& where = {}) {
    const OperationList all = closed(generators);
    if (all.size() == 0)
      return Error("symmetry operations of " + name + " do not form a space group, expected operations that close to at most 192",
                   where);
    return SpaceGroup(all, std::move(name), number);
  }

  /// `try_generated_by` that throws the error.
  static SpaceGroup generated_by(std::span<const SymmetryOperation> generators, std::string name, int number,
                                 const Place& where = {}) {
    return try_generated_by(generators, std::move(name), number, where).value();
  }

  /// Hermann-Mauguin symbol as given, e.g. "R-3m".
  const std::string& name() const noexcept { return name_; }
  /// Number in International Tables; 0 where it was not stated.
  int number() const noexcept { return number_; }
  /// All operations, the identity first; centring translations included.
  std::span<const SymmetryOperation> operations() const noexcept { return operations_; }
  std::size_t order() const noexcept { return operations_.size(); }

  /// Whether the group extinguishes the reflection (systematic absence).
  bool is_absent(const Miller& m) const {
    return std::any_of(operations_.begin(), operations_.end(), [&](const SymmetryOperation& op) {
      return op.transform(m) == m && op.phase(m) % SymmetryOperation::denominator != 0;
    });
  }

  /// The distinct reflections that symmetry and Friedel's law make equivalent to `m`, sorted.
  std::vector<Miller> equivalents(const Miller& m) const {
    std::vector<Miller> all;
    all.reserve(2 * operations_.size());
    for (const auto& op : operations_) {
      const Miller image = op.transform(m);
      all.push_back(image);
      all.push_back(-image);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

 private:
  std::string name_ = "P1";
  int number_ = 1;
  std::vector<SymmetryOperation> operations_;
};

namespace detail {

/// A Hermann-Mauguin symbol without blanks and underscores, the lattice letter as given and the rest in lower case, and
/// the choice of origin or axes behind it: "Fd-3m" and "2" of "F d -3 m :2", "R-3m" and "h" of "R -3 m H".
struct PlainSymbol {
  std::string text;
  std::string choice;
};

inline PlainSymbol plain_symbol(std::string_view symbol) {
  PlainSymbol plain;
  bool behind = false;
  for (const char c : symbol) {
    if (c == ' ' || c == '_' || c == '\t') continue;
    if (c == ':' && !behind) {
      behind = true;
      continue;
    }
    std::string& part = behind ? plain.choice : plain.text;
    part += (c >= 'A' && c <= 'Z' && !(part.empty() && !behind)) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (behind && plain.choice.empty()) plain.text.clear();  // a colon and nothing behind it is no symbol
  // Letters of the Inorganic Crystal Structure Database, which no symbol contains: axes h, r; origin s (1), z (2).
  if (!behind && plain.text.size() > 1) {
    const char last = plain.text.back();
    const bool axes = (last == 'h' || last == 'r') && plain.text.front() == 'R';
    if (axes || last == 's' || last == 'z') {
      plain.choice = last == 's' ? "1" : last == 'z' ? "2" : std::string(1, last);
      plain.text.pop_back();
    }
  }
  return plain;
}

/// The short form of a plain full symbol: "Pnma" of "P21/n21/m21/a", "I41/amd" of "I41/a2/m2/d", "Fm-3m" of "F4/m-32/m".
inline std::string shortened_symbol(std::string text) {
  const auto drop = [&](std::string_view axis, std::size_t from) {  // "2/" in "2/m"
    while ((from = text.find(axis, from)) != std::string::npos) text.erase(from, axis.size());
  };
  if (const std::size_t cube = text.find("-3"); cube != std::string::npos) {
    drop("2/", cube + 2);
    if (const std::size_t slash = text.find('/'); slash < cube) text.erase(1, slash);
  } else if (const std::size_t slash = text.find('/'); slash != std::string::npos) {
    const bool tetragonal_or_hexagonal = text.size() > 1 && (text[1] == '4' || text[1] == '6');
    if (tetragonal_or_hexagonal || std::count(text.begin(), text.end(), '/') == 3) {
      const std::size_t from = tetragonal_or_hexagonal ? slash + 1 : 1;
      drop("21/", from);
      drop("2/", from);
    }
  }
  return text;
}

/// The two spellings of a tabulated symbol without blanks: in full, and for a monoclinic setting without the axes that
/// carry nothing ("P21/c" of "P 1 21/c 1").
struct SettingSpelling {
  std::string full, brief;
};

inline SettingSpelling spelling(const SpaceGroupSetting& setting, std::string_view symbol) {
  const bool monoclinic = setting.number >= 3 && setting.number <= 15;
  SettingSpelling result;
  for (std::size_t i = 0; i < symbol.size(); ++i) {
    if (symbol[i] == ' ') continue;
    result.full += symbol[i];
    const bool alone = symbol[i] == '1' && symbol[i - 1] == ' ' && (i + 1 == symbol.size() || symbol[i + 1] == ' ');
    if (!monoclinic || !alone) result.brief += symbol[i];
  }
  return result;
}

/// Whether a stated choice (lower case, may be empty) means this setting; "1" and "2" also mean "1cab", "2cab" ….
inline bool is_choice(const SpaceGroupSetting& setting, std::string_view choice) {
  if (choice.empty()) return !setting.choice.starts_with('1') && setting.choice != "R";
  if (setting.choice == "H" || setting.choice == "R") return choice == (setting.choice == "H" ? "h" : "r");
  return choice == setting.choice || ((choice == "1" || choice == "2") && setting.choice.starts_with(choice));
}

/// The name of a setting that `find_space_group` understands: "R-3m", "R-3m:R", "P21/c", "P1121/b", "Pmmn:1".
inline std::string name_of(const SpaceGroupSetting& setting) {
  const SettingSpelling spelled = spelling(setting, setting.symbol);
  const bool axis_b = setting.choice.find('b') != std::string_view::npos;
  const bool origin_1 = setting.choice.starts_with('1');
  return (axis_b && setting.number <= 15 ? spelled.brief : spelled.full) +
         (origin_1 ? ":1" : setting.choice == "R" ? ":R" : "");
}

}  // namespace detail

/// All 530 settings of the 230 space groups, in the order of International Tables.
constexpr std::span<const SpaceGroupSetting> space_group_settings() noexcept { return detail::space_group_table; }

/// The Hermann-Mauguin symbol of a setting as CIF writes it, with blanks and the choice of origin or axes: "F d -3 m :2",
/// "R -3 m :H", "P 1 21/c 1".
inline std::string hermann_mauguin_symbol(const SpaceGroupSetting& setting) {
  std::string symbol(setting.symbol);
  const char choice = setting.choice.empty() ? ' ' : setting.choice.front();
  if (choice == '1' || choice == '2' || choice == 'H' || choice == 'R') symbol.append(" :").append(1, choice);
  return symbol;
}

/// The tabulated setting of that Hermann-Mauguin symbol, or a null pointer. The symbol may be short or full, with blanks
/// or underscores or without, with or without a choice of origin (":1", ":2") or axes (":H", ":R") behind it: "R -3 m :H",
/// "P6_3/mmc", "C 1 2/m 1", "P 21/n 21/m 21/a", "C m c a" (older) and "C m c e", "P m 3 m" (older). Without a choice it
/// means the origin at the inversion centre, hexagonal axes, and unique axis b (unique axis c where there is no such
/// setting, as in "B 2/m").
inline const SpaceGroupSetting* find_setting(std::string_view symbol) {
  const detail::PlainSymbol wanted = detail::plain_symbol(symbol);
  const std::string brief = detail::shortened_symbol(wanted.text);
  if (brief.empty()) return nullptr;
  const SpaceGroupSetting* second_best = nullptr;
  for (const auto& setting : detail::space_group_table) {
    if (setting.symbol.front() != brief.front() || !detail::is_choice(setting, wanted.choice)) continue;
    for (const std::string_view tabulated : {setting.symbol, setting.other_symbol}) {
      if (tabulated.empty()) continue;
      const auto spelled = detail::spelling(setting, tabulated);
      if (spelled.full == brief || spelled.full == wanted.text) return &setting;
      if (setting.number <= 15) {
        if (spelled.brief != wanted.text || second_best != nullptr) continue;
        const bool axis_b = setting.choice.find('b') != std::string_view::npos;
        const bool axis_a = setting.choice.find('a') != std::string_view::npos;
        if (axis_b) return &setting;
        if (!axis_a) second_best = &setting;
      } else if (setting.number >= 200) {
        std::string older = spelled.full;  // "Pm3m" for "Pm-3m"
        if (const auto minus = older.find("-3"); minus != std::string::npos && older.erase(minus, 1) == brief) return &setting;
      }
    }
  }
  return second_best;
}

/// The setting of a space group number and, where it is not the standard one, of its choice as International Tables Vol. B
/// spells it: "c1" or "-b1" (monoclinic axes and cell), "cab" (permuted axes), "1" or "2" (origin), "1bca", "H" or "R". A
/// null pointer where there is none. Standard are unique axis b with cell choice 1, unpermuted axes, the origin at the
/// inversion centre, hexagonal axes.
constexpr const SpaceGroupSetting* find_setting(int number, std::string_view choice = {}) {
  for (const auto& setting : detail::space_group_table) {
    if (setting.number != number) continue;
    const bool standard = !setting.choice.starts_with('1') || setting.choice.size() > 1;
    if (choice.empty() ? standard : setting.choice == choice) return &setting;
  }
  return nullptr;
}

/// The space group of a tabulated setting; its name is one that `find_space_group` understands.
inline SpaceGroup space_group(const SpaceGroupSetting& setting) {
  return {parse_hall_symbol(setting.hall), detail::name_of(setting), setting.number};
}

/// The space group of that Hermann-Mauguin symbol (see `find_setting`), or nothing where it is not tabulated: then give
/// its Hall symbol to `space_group_from_hall` or its operations to `SpaceGroup::generated_by`.
inline std::optional<SpaceGroup> find_space_group(std::string_view symbol) {
  const SpaceGroupSetting* setting = find_setting(symbol);
  return setting == nullptr ? std::nullopt : std::optional(space_group(*setting));
}

/// As `find_space_group`, but throws where the table has none.
inline SpaceGroup space_group(std::string_view symbol) {
  const SpaceGroupSetting* setting = find_setting(symbol);
  if (setting == nullptr)
    fail("space group \"" + std::string(symbol) +
         "\" is not tabulated, expected a Hermann-Mauguin symbol of International Tables such as \"R -3 m\", \"C 1 2/m 1\" or "
         "\"F d -3 m :1\", or the list of symmetry operations");
  return space_group(*setting);
}

/// The space group of a number in International Tables, 1 ... 230, in its standard setting or the `choice` of
/// `find_setting`. Throws where there is none.
inline SpaceGroup space_group(int number, std::string_view choice = {}) {
  const SpaceGroupSetting* setting = find_setting(number, choice);
  if (setting == nullptr) {
    std::string known;
    for (const auto& row : detail::space_group_table)
      if (row.number == number) known.append(known.empty() ? "" : ", ").append(row.choice.empty() ? "none" : row.choice);
    fail("space group " + std::to_string(number) + (choice.empty() ? "" : " with choice \"" + std::string(choice) + "\"") +
         " does not exist, expected " + (known.empty() ? "a number from 1 to 230" : "one of the choices " + known));
  }
  return space_group(*setting);
}

/// The tabulated setting that has exactly the operations of `group`, whatever its name; a null pointer where there is none.
inline const SpaceGroupSetting* identify_setting(const SpaceGroup& group) {
  std::vector<SymmetryOperation> sorted(group.operations().begin(), group.operations().end());
  std::sort(sorted.begin(), sorted.end());
  for (const auto& setting : detail::space_group_table) {
    detail::HallReader reader(setting.hall);
    if (reader.read().what != nullptr) continue;
    const auto generators = reader.generators();
    const bool subgroup = std::all_of(generators.begin(), generators.end(), [&](const SymmetryOperation& op) {
      return std::binary_search(sorted.begin(), sorted.end(), op);
    });
    if (subgroup && closed(generators).size() == sorted.size()) return &setting;
  }
  return nullptr;
}

/// The space group of a Hall symbol, with the name and number of its tabulated setting, or where there is none with the
/// symbol as its name and no number. Throws `Error` with the character where the symbol is wrong.
inline SpaceGroup space_group_from_hall(std::string_view symbol) {
  SpaceGroup group(parse_hall_symbol(symbol), std::string(symbol), 0);
  const SpaceGroupSetting* setting = identify_setting(group);
  return setting == nullptr ? group : space_group(*setting);
}

}  // namespace lamella::inline LAMELLA_ABI
