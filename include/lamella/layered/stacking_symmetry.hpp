// Symmetry of an ideal stacking: its space group, its cell and its sites, found from the layer word and the filling of the
// alkali sites.
//
// Every plane of a stacking is a triangular lattice with all symmetry of p3m1 about each of its letters. A symmetry operation
// therefore takes slab i to slab ±i + j and letter x to ±x + k, and the four choices of sign name the group:
//   letters kept, heights reversed    mirror plane across the stacking axis
//   letters and heights reversed      inversion centre
//   letters reversed, heights kept    screw axis 6₃
// A shift of the letters by the shortest translation makes the lattice rhombohedral. Settings are those of International
// Tables Vol. A: hexagonal axes, obverse, origin at an inversion centre (of a slab where there is one) or on the 6₃ axis.
#pragma once

#include <lamella/core/error.hpp>                 // fail
#include <lamella/layered/stacking_sequence.hpp>  // StackingSequence

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// Which sites between the slabs hold alkali. An octahedral gap offers one site per formula unit, a prismatic gap two.
enum class AlkaliFilling : std::uint8_t {
  none,              ///< the bare slabs
  all,               ///< every site; the two prisms of a gap alike
  prism_over_metal,  ///< octahedra, and of two prisms the one straight above a metal: they share a face with MO6 below
  prism_over_oxygen  ///< octahedra, and of two prisms the other one
};

/// One filled site between two slabs.
struct AlkaliSite {
  std::size_t gap = 0;  ///< above the slab of that number
  LayerLetter letter = 0;
  AlkaliCoordination coordination = AlkaliCoordination::octahedral;
  int shared_faces = 0;  ///< 0, 1 or 2: faces in common with the MO6 octahedra straight below and above

  constexpr bool operator==(const AlkaliSite&) const = default;
};

/// The sites that a filling chooses, by gap and letter, over one word.
class AlkaliSites {
 public:
  constexpr std::size_t size() const { return size_; }
  constexpr const AlkaliSite& operator[](std::size_t i) const { return sites_[i]; }
  constexpr const AlkaliSite* begin() const { return sites_.data(); }
  constexpr const AlkaliSite* end() const { return sites_.data() + size_; }
  constexpr bool contains(std::size_t gap, LayerLetter letter) const {
    for (const AlkaliSite& site : *this)
      if (site.gap == gap && site.letter == letter) return true;
    return false;
  }
  constexpr void push_back(const AlkaliSite& site) { sites_[size_++] = site; }

 private:
  std::array<AlkaliSite, 2 * StackingSequence::capacity> sites_{};
  std::size_t size_ = 0;
};

/// The sites between the slabs of a word that a filling chooses.
constexpr AlkaliSites alkali_sites(const StackingSequence& sequence,
                                   AlkaliFilling filling = AlkaliFilling::all) {
  AlkaliSites sites;
  if (filling == AlkaliFilling::none) return sites;
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    const Slab& lower = sequence[i];
    const Slab& upper = sequence[(i + 1) % sequence.size()];
    for (LayerLetter x = 0; x < 3; ++x) {
      if (x == lower.top || x == upper.bottom) continue;
      const bool over_metal = x == lower.metal();
      if (between(lower, upper) == AlkaliCoordination::prismatic &&
          ((filling == AlkaliFilling::prism_over_metal && !over_metal) ||
           (filling == AlkaliFilling::prism_over_oxygen && over_metal)))
        continue;
      sites.push_back({i, x, between(lower, upper), int(over_metal) + int(x == upper.metal())});
    }
  }
  return sites;
}

/// What a site of a stacking holds.
enum class StackingSiteKind : std::uint8_t { alkali, metal, oxygen };

/// One site of the asymmetric unit of a stacking. Its height in fractions of c is `half_repeats`/(2 `slabs`), the middle of
/// its slab or gap, plus `side` · S/(2c) with the slab thickness S.
struct StackingSite {
  StackingSiteKind kind = StackingSiteKind::metal;
  LayerLetter letter = 0;        ///< 0, 1, 2 for (0,0), (1/3,2/3), (2/3,1/3) of the cell
  int half_repeats = 0;          ///< in [0, 2 `slabs`): even in slabs, odd in gaps
  int side = 0;                  ///< −1 and +1 for the lower and upper oxygen plane of a slab, else 0
  std::size_t multiplicity = 1;  ///< per hexagonal cell
  AlkaliCoordination coordination = AlkaliCoordination::octahedral;

  constexpr bool operator==(const StackingSite&) const = default;

  /// Coordinates in fractions of the cell edges.
  constexpr double x() const { return letter == 0 ? 0.0 : letter == 1 ? 1.0 / 3.0 : 2.0 / 3.0; }
  constexpr double y() const { return letter == 0 ? 0.0 : letter == 1 ? 2.0 / 3.0 : 1.0 / 3.0; }
};

/// Symmetry and sites of a stacking.
class StackingSymmetry {
 public:
  /// The symmetry of a word whose alkali sites are filled so. Throws for a word without slabs.
  constexpr explicit StackingSymmetry(const StackingSequence& sequence,
                                      AlkaliFilling filling = AlkaliFilling::none)
      : sequence_(sequence), alkali_(alkali_sites(sequence, filling)) {
    if (sequence.size() == 0) fail("symmetry of a stacking: a word of at least one slab expected");
    find_operations();
    choose_frame();
    find_sites();
  }

  /// Slabs of the hexagonal cell.
  constexpr std::size_t slabs() const { return rhombohedral() ? 3 * repeat_ : repeat_; }
  /// Slabs after which the stacking repeats, but for the shift of a rhombohedral lattice.
  constexpr std::size_t slabs_per_translation() const { return repeat_; }
  constexpr bool rhombohedral() const { return shift_ != 0; }
  constexpr bool has_mirror() const { return mirror_; }
  constexpr bool has_inversion() const { return inversion_; }
  constexpr bool has_sixfold_screw() const { return screw_; }

  /// Number in International Tables.
  constexpr int space_group_number() const {
    if (rhombohedral()) return inversion_ ? 166 : 160;
    if (mirror_ && inversion_) return 194;
    return mirror_ ? 187 : inversion_ ? 164 : screw_ ? 186 : 156;
  }
  /// Hermann-Mauguin symbol.
  constexpr std::string_view space_group() const {
    switch (space_group_number()) {
      case 156:
        return "P3m1";
      case 160:
        return "R3m";
      case 164:
        return "P-3m1";
      case 166:
        return "R-3m";
      case 186:
        return "P63mc";
      case 187:
        return "P-6m2";
      default:
        return "P63/mmc";
    }
  }
  /// Generators of the group as coordinate triplets, separated by ';'.
  constexpr std::string_view generators() const {
    switch (space_group_number()) {
      case 156:
        return "-y,x-y,z;-y,-x,z";
      case 160:
        return "x+2/3,y+1/3,z+1/3;-y,x-y,z;-y,-x,z";
      case 164:
        return "-y,x-y,z;y,x,-z;-x,-y,-z";
      case 166:
        return "x+2/3,y+1/3,z+1/3;-y,x-y,z;y,x,-z;-x,-y,-z";
      case 186:
        return "-y,x-y,z;-x,-y,z+1/2;-y,-x,z";
      case 187:
        return "-y,x-y,z;x,y,-z;-y,-x,z";
      default:
        return "-y,x-y,z;-x,-y,z+1/2;y,x,-z;-x,-y,-z";
    }
  }

  /// The asymmetric unit: alkali, then metal, then oxygen; each kind by letter, then by height.
  constexpr std::size_t site_count() const { return site_count_; }
  constexpr const StackingSite& site(std::size_t i) const { return sites_[i]; }
  constexpr const StackingSite* begin() const { return sites_.data(); }
  constexpr const StackingSite* end() const { return sites_.data() + site_count_; }
  /// How many sites of a kind the asymmetric unit has.
  constexpr std::size_t count(StackingSiteKind kind) const {
    std::size_t n = 0;
    for (const StackingSite& s : *this) n += s.kind == kind;
    return n;
  }
  /// Filled alkali sites per formula unit: 1 where all gaps are octahedral and filled, 2 where all prisms are.
  constexpr double alkali_sites_per_formula_unit() const {
    return static_cast<double>(alkali_.size()) / static_cast<double>(sequence_.size());
  }

 private:
  /// Slab i goes to ±i + slabs, letter x to ±x + letters.
  struct Operation {
    bool heights_reversed = false, letters_reversed = false;
    int slabs = 0, letters = 0;
  };

  constexpr int size() const { return static_cast<int>(sequence_.size()); }
  constexpr std::size_t wrapped(int i) const {
    return static_cast<std::size_t>((i % size() + size()) % size());
  }
  static constexpr LayerLetter letter_of(const Operation& op, LayerLetter x) {
    return static_cast<LayerLetter>((op.letters_reversed ? 3 - x + op.letters : x + op.letters) % 3);
  }

  constexpr bool is_symmetry(const Operation& op) const {
    for (int i = 0; i < size(); ++i) {
      const Slab& from = sequence_[static_cast<std::size_t>(i)];
      Slab image{letter_of(op, from.bottom), letter_of(op, from.top)};
      if (op.heights_reversed) image = {image.top, image.bottom};
      if (sequence_[wrapped(op.heights_reversed ? op.slabs - i : op.slabs + i)] != image) return false;
    }
    for (const AlkaliSite& site : alkali_) {
      const int gap = static_cast<int>(site.gap);
      if (!alkali_.contains(wrapped(op.heights_reversed ? op.slabs - gap - 1 : op.slabs + gap),
                            letter_of(op, site.letter)))
        return false;
    }
    return true;
  }

  constexpr void find_operations() {
    repeat_ = sequence_.size();
    for (int p = 1; p < size() && repeat_ == sequence_.size(); ++p)
      for (int k = 0; k < 3; ++k)
        if (size() % p == 0 && is_symmetry({false, false, p, k})) {
          repeat_ = static_cast<std::size_t>(p);
          shift_ = k;
        }
    for (int j = 0; j < size(); ++j)
      for (int k = 0; k < 3; ++k) {
        mirror_ = mirror_ || is_symmetry({true, false, j, k});
        inversion_ = inversion_ || is_symmetry({true, true, j, k});
        screw_ = screw_ || is_symmetry({false, true, j, k});
      }
  }

  /// Chooses the origin and whether the letters are reversed, that is the cell turned by 180° about the stacking axis.
  constexpr void choose_frame() {
    origin_letter_ = sequence_[0].metal();
    bool found = false;
    if (inversion_) {
      for (const int parity : {0, 1})  // a centre in a slab is preferred to one in a gap
        for (int j = parity; j < 2 * size() && !found; j += 2)
          for (int k = 0; k < 3 && !found; ++k)
            if (is_symmetry({true, true, j, k})) {
              found = true;
              origin_half_repeats_ = j;
              origin_letter_ = static_cast<LayerLetter>(2 * k % 3);
            }
    } else if (mirror_) {
      for (int j = 0; j < 2 * size() && !found; ++j)
        if (is_symmetry({true, false, j, 0})) {
          found = true;
          origin_half_repeats_ = j;
          origin_letter_ = sequence_[wrapped((j + 1) / 2)].metal();
        }
    } else if (screw_) {
      for (int j = 0; j < size() && !found; ++j)
        for (int k = 0; k < 3 && !found; ++k)
          if (is_symmetry({false, true, j, k})) {
            found = true;
            origin_letter_ = static_cast<LayerLetter>(2 * k % 3);
          }
    }
    if (rhombohedral()) {
      turned_ = shift_ == 1;  // obverse: the translation is (2/3,1/3,1/3)
    } else {
      // The metal of the first slab at or above the origin lies on (0,0) or (1/3,2/3); in the first case its upper oxygen
      // lies on (1/3,2/3).
      const Slab& first = sequence_[wrapped((origin_half_repeats_ + 1) / 2)];
      const int metal = (first.metal() + 3 - origin_letter_) % 3;
      turned_ = metal == 0 ? (first.top + 3 - origin_letter_) % 3 == 2 : metal == 2;
    }
  }

  /// A plane of the word in the frame of the cell.
  constexpr StackingSite placed(StackingSiteKind kind, LayerLetter letter, int half_repeats, int side) const {
    const int period = 2 * static_cast<int>(slabs());
    const int moved = (letter + 3 - origin_letter_) % 3;
    StackingSite s;
    s.kind = kind;
    s.letter = static_cast<LayerLetter>(turned_ ? (3 - moved) % 3 : moved);
    s.half_repeats = ((half_repeats - origin_half_repeats_) % period + period) % period;
    s.side = side;
    return s;
  }
  /// Order among equivalent planes: the letter of the origin first, else the lowest height in [0, c).
  constexpr int rank(const StackingSite& s) const {
    const int period = 20 * static_cast<int>(slabs());
    return (s.letter == 0 ? 0 : period) + (10 * s.half_repeats + 4 * s.side + period) % period;
  }
  constexpr bool are_equivalent(const StackingSite& x, const StackingSite& y) const {
    const int period = 2 * static_cast<int>(slabs());
    for (const bool heights : {false, true})
      for (const bool letters : {false, true}) {
        if ((heights && letters && !inversion_) || (heights && !letters && !mirror_) ||
            (!heights && letters && !screw_))
          continue;
        // In the frame of the cell: the 6₃ axis, the inversion centre and the mirror pass through the origin or, where
        // there is no inversion, by the glide of the other two.
        const int half = !heights && letters                   ? period / 2
                         : (heights && !letters && inversion_) ? period / 2
                                                               : 0;
        const int translations = rhombohedral() ? 3 : 1;
        for (int n = 0; n < translations; ++n) {
          const int height = (heights ? -x.half_repeats : x.half_repeats) + half + n * period / 3;
          const int letter = (letters ? 3 - x.letter : x.letter) + 2 * n;
          if ((height % period + period) % period == y.half_repeats && letter % 3 == y.letter &&
              (heights ? -x.side : x.side) == y.side)
            return true;
        }
      }
    return false;
  }

  constexpr void add(const StackingSite& plane) {
    for (std::size_t i = 0; i < site_count_; ++i) {
      StackingSite& s = sites_[i];
      if (s.kind != plane.kind || !are_equivalent(s, plane)) continue;
      const std::size_t multiplicity = s.multiplicity + 1;
      if (rank(plane) < rank(s)) s = plane;
      s.multiplicity = multiplicity;
      return;
    }
    sites_[site_count_++] = plane;
  }

  constexpr void find_sites() {
    const int n = static_cast<int>(slabs());
    for (int i = 0; i < n; ++i)
      for (const AlkaliSite& site : alkali_)
        if (site.gap == wrapped(i)) {
          StackingSite s = placed(StackingSiteKind::alkali, site.letter, 2 * i + 1, 0);
          s.coordination = site.coordination;
          add(s);
        }
    for (int i = 0; i < n; ++i) add(placed(StackingSiteKind::metal, sequence_[wrapped(i)].metal(), 2 * i, 0));
    for (int i = 0; i < n; ++i) {
      add(placed(StackingSiteKind::oxygen, sequence_[wrapped(i)].bottom, 2 * i, -1));
      add(placed(StackingSiteKind::oxygen, sequence_[wrapped(i)].top, 2 * i, 1));
    }
    // By kind, then rank.
    for (std::size_t i = 1; i < site_count_; ++i)
      for (std::size_t j = i; j > 0; --j) {
        const bool ordered = sites_[j - 1].kind != sites_[j].kind ? sites_[j - 1].kind < sites_[j].kind
                                                                  : rank(sites_[j - 1]) <= rank(sites_[j]);
        if (ordered) break;
        const StackingSite swapped = sites_[j];
        sites_[j] = sites_[j - 1];
        sites_[j - 1] = swapped;
      }
  }

  StackingSequence sequence_;
  AlkaliSites alkali_;
  std::size_t repeat_ = 0;
  int shift_ = 0;
  bool mirror_ = false, inversion_ = false, screw_ = false;
  bool turned_ = false;
  LayerLetter origin_letter_ = 0;
  int origin_half_repeats_ = 0;
  std::array<StackingSite, 5 * StackingSequence::capacity> sites_{};
  std::size_t site_count_ = 0;
};

}  // namespace lamella::inline LAMELLA_ABI
