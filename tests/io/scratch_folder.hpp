// An empty folder that goes away with the test.
#pragma once

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

namespace lamella_test {

struct ScratchFolder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("lamella_io_" + std::to_string(std::random_device{}()));
  ScratchFolder() { std::filesystem::create_directories(path); }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// Writes a file and returns its path.
  std::filesystem::path file(std::string_view name, std::string_view content) const {
    const auto whole = path / name;
    std::ofstream(whole, std::ios::binary) << content;
    return whole;
  }
};

}  // namespace lamella_test
