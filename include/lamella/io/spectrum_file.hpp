// Spectra from files whose format is told by their content: VAMAS, SPECS xy, two columns.
#pragma once

#include <lamella/core/error.hpp>           // Error, Place
#include <lamella/core/result.hpp>          // Result
#include <lamella/io/detail/text.hpp>       // in_quotes
#include <lamella/io/specs_xy.hpp>          // try_parse_specs_xy
#include <lamella/io/spectrum_columns.hpp>  // try_parse_spectrum_columns
#include <lamella/io/spectrum_record.hpp>   // SpectrumRecord, BindingScale
#include <lamella/io/text_file.hpp>         // try_read_text_file
#include <lamella/io/vamas.hpp>             // try_parse_vamas

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// All spectra of a text of any format above. `source` names the text in messages.
inline Result<std::vector<SpectrumRecord>> try_parse_spectra(std::string_view text, std::string source) {
  if (detail::is_vamas(text)) return try_parse_vamas(text, std::move(source));
  if (detail::is_specs_xy(text)) return try_parse_specs_xy(text, std::move(source));
  auto record = try_parse_spectrum_columns(text, std::move(source));
  if (!record) return record.error();
  return std::vector{std::move(record).value()};
}

/// All spectra of a file. Errors carry file and line.
inline Result<std::vector<SpectrumRecord>> try_read_spectra(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_spectra(text.value(), path.string());
}

/// `try_read_spectra` that throws the error.
inline std::vector<SpectrumRecord> read_spectra(const std::filesystem::path& path) { return try_read_spectra(path).value(); }

/// The record that `which` names: its number from 1, or its name (blanks and case do not matter: "ni2p" is "Ni 2p"). With an empty
/// `which` there must be one record only. Error with the list of what is there.
inline Result<SpectrumRecord> choose_spectrum(const std::vector<SpectrumRecord>& records, std::string_view which, const std::string& source) {
  const auto plain = [](std::string_view text) {
    std::string out;
    for (const char c : text)
      if (c != ' ') out += detail::lower_case(c);
    return out;
  };
  std::vector<const SpectrumRecord*> found;
  const auto number = detail::count_in(which);
  for (std::size_t i = 0; i < records.size(); ++i)
    if (which.empty() || (number ? *number == i + 1 : plain(records[i].name) == plain(which))) found.push_back(&records[i]);
  if (found.size() == 1) return *found.front();
  std::string list;
  for (std::size_t i = 0; i < records.size() && i < 12; ++i) list += (i == 0 ? "" : ", ") + std::to_string(i + 1) + " " + detail::in_quotes(records[i].name);
  if (records.size() > 12) list += ", … to " + std::to_string(records.size());
  return Error((which.empty() ? std::to_string(records.size()) + " spectra" : std::to_string(found.size()) + " spectra of the name " + detail::in_quotes(which)) +
                   ", expected one of: " + list,
               Place{source});
}

/// One spectrum of a file on the scale of binding energies. Errors carry file and line.
inline Result<Spectrum> try_read_spectrum(const std::filesystem::path& path, std::string_view which = {}, const BindingScale& scale = {}) {
  const auto records = try_read_spectra(path);
  if (!records) return records.error();
  const auto record = choose_spectrum(records.value(), which, path.string());
  if (!record) return record.error();
  return try_binding_spectrum(record.value(), scale);
}

/// `try_read_spectrum` that throws the error.
inline Spectrum read_spectrum(const std::filesystem::path& path, std::string_view which = {}, const BindingScale& scale = {}) {
  return try_read_spectrum(path, which, scale).value();
}

}  // namespace lamella::inline LAMELLA_ABI
