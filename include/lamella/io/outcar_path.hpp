// Paths of nudged elastic bands from the OUTCAR files of VASP with VTST's extension.
//
// Of each image's OUTCAR, the last step counts:
// - "energy  without entropy= … energy(sigma->0) = E": E in eV.
// - "NEB: projections on to tangent (spring, REAL) … F": F is the force of the true potential along the path, eV/Å.
// - "NEB: distance to prev, next image, angle between …": Å. The two end images, which are not moved, have no such lines: their
//   force is taken as zero, as nebbarrier.pl does.
#pragma once

#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/io/detail/pattern_text.hpp>  // LineReader, words_of
#include <lamella/io/detail/text.hpp>          // parse_number, in_quotes
#include <lamella/io/text_file.hpp>            // try_read_text_file
#include <lamella/migration/energy_path.hpp>   // EnergyPath, detail::path_fault

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What an OUTCAR tells of one image of a path.
struct OutcarImage {
  double energy = 0;                      ///< extrapolated to zero smearing, eV
  std::optional<double> force;            ///< of the true potential along the path, eV/Å
  std::optional<double> to_previous, to_next;  ///< distances of the neighbouring images, Å
};

namespace detail {

/// The first `count` numbers of a text; what is wrong with one of them goes to `fault`.
template <std::size_t N>
std::array<double, N> leading_numbers(std::string_view text, std::string& fault) {
  std::array<double, N> numbers{};
  const auto words = words_of(text);
  for (std::size_t i = 0; i < N; ++i) {
    if (i >= words.size()) {
      fault = std::to_string(words.size()) + " numbers, expected " + std::to_string(N);
      break;
    }
    const auto [value, wrong] = parse_number(words[i]);
    if (wrong != NumberFault::none) {
      fault = in_quotes(words[i]) + " " + describe(wrong) + ", expected a number";
      break;
    }
    numbers[i] = value;
  }
  return numbers;
}

}  // namespace detail

/// The last step of one image from the text of its OUTCAR. `source` names it in messages. Error where there is no energy, where a
/// number is none ("****" of an overflow), and where the file of a moving image ends between the energy and the forces of its last
/// step.
inline Result<OutcarImage> try_parse_outcar_image(std::string_view text, const std::string& source) {
  OutcarImage image;
  bool has_energy = false, forces_are_due = false;
  std::size_t energy_line = 1;
  detail::LineReader lines{detail::without_mark(text)};
  const auto behind = [](std::string_view line, std::string_view mark) -> std::optional<std::string_view> {
    const auto at = line.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    return line.substr(at + mark.size());
  };
  std::string fault;
  for (std::string_view line; lines.next(line);) {
    // The lines of electronic steps have a single blank after "energy".
    if (line.find("energy  without entropy") != std::string_view::npos) {
      const auto rest = behind(line, "energy(sigma->0) =");
      if (!rest)
        return Error("the energy line has no \"energy(sigma->0) =\", expected it", Place{source, lines.number});
      image.energy = detail::leading_numbers<1>(*rest, fault)[0];
      has_energy = true;
      energy_line = lines.number;
      forces_are_due = image.force.has_value();
    } else if (const auto distances = behind(line, "NEB: distance to prev, next image, angle between")) {
      const auto d = detail::leading_numbers<2>(*distances, fault);
      image.to_previous = d[0];
      image.to_next = d[1];
    } else if (const auto projections = behind(line, "NEB: projections on to tangent (spring, REAL)")) {
      image.force = detail::leading_numbers<2>(*projections, fault)[1];
      forces_are_due = false;
    }
    if (!fault.empty()) return Error(fault, Place{source, lines.number});
  }
  if (!has_energy)
    return Error("no line \"energy  without entropy= … energy(sigma->0) = …\", expected an OUTCAR with a finished step",
                 Place{source, std::max<std::size_t>(1, lines.number)});
  if (forces_are_due)
    return Error("the last energy has no forces along the path behind it, expected \"NEB: projections on to tangent\" (is the file cut?)",
                 Place{source, energy_line});
  return image;
}

/// The path of several images in order, energies relative to the first. Error where neighbours do not state their distance, or state
/// two that differ by more than 10⁻³ Å, and where some but not all moving images have a force.
inline Result<EnergyPath> try_join_outcar_images(std::span<const OutcarImage> images, const std::string& source) {
  const Place place{source};
  if (images.size() < 3) return Error(std::to_string(images.size()) + " images, expected the two ends and at least one between", place);
  EnergyPath path;
  path.source = source;
  double distance = 0;
  std::size_t with_force = 0;
  for (std::size_t i = 1; i + 1 < images.size(); ++i) with_force += images[i].force.has_value() ? 1 : 0;
  if (with_force != 0 && with_force != images.size() - 2)
    return Error(std::to_string(with_force) + " of " + std::to_string(images.size() - 2) +
                     " moving images have a force along the path, expected all or none",
                 place);
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (i > 0) {
      // A missing one is no distance; of the two neighbours the moving one tells.
      const auto forward = images[i - 1].to_next, backward = images[i].to_previous;
      const std::string between = "between images " + std::to_string(i - 1) + " and " + std::to_string(i);
      if (!forward && !backward)
        return Error("no distance " + between + ", expected \"NEB: distance to prev, next image\" in one of them", place);
      if (forward && backward && std::abs(*forward - *backward) > 1e-3)
        return Error("the distance " + between + " is " + detail::show(*forward) + " Å in one and " + detail::show(*backward) +
                         " Å in the other, expected the same: images of different steps",
                     place);
      distance += backward ? *backward : *forward;
    }
    path.distance.push_back(distance);
    path.energy.push_back(images[i].energy - images[0].energy);
    if (with_force != 0) path.force.push_back(i == 0 || i + 1 == images.size() ? 0 : *images[i].force);
  }
  if (const std::string fault = detail::path_fault(path); !fault.empty()) return Error(fault, place);
  return path;
}

/// The path of OUTCAR files in the order of their images.
inline Result<EnergyPath> try_read_outcar_path(std::span<const std::filesystem::path> files) {
  std::vector<OutcarImage> images;
  for (const auto& file : files) {
    const auto text = try_read_text_file(file, std::size_t{1} << 30);
    if (!text) return text.error();
    const auto image = try_parse_outcar_image(text.value(), file.string());
    if (!image) return image.error();
    images.push_back(image.value());
  }
  return try_join_outcar_images(images, files.empty() ? std::string() : files.front().string());
}

/// The path of a calculation: its folders 00, 01, … with an OUTCAR each.
inline Result<EnergyPath> try_read_outcar_path(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (int i = 0; i < 100; ++i) {
    const std::string name{static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
    std::error_code status;
    if (!std::filesystem::is_directory(folder / name, status)) break;
    files.push_back(folder / name / "OUTCAR");
  }
  if (files.empty()) return Error("has no folder 00, expected one for each image of the path", Place{folder.string()});
  return try_read_outcar_path(std::span<const std::filesystem::path>(files));
}

/// `try_read_outcar_path` that throws the error.
inline EnergyPath read_outcar_path(std::span<const std::filesystem::path> files) { return try_read_outcar_path(files).value(); }
inline EnergyPath read_outcar_path(const std::filesystem::path& folder) { return try_read_outcar_path(folder).value(); }

}  // namespace lamella::inline LAMELLA_ABI
