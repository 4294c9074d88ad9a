#include <lamella/io/bruker_raw.hpp>
#include <lamella/io/powder.hpp>
#include <lamella/io/uxd.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "pattern_checks.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains, lamella_test::error_of, lamella_test::formats;

namespace {

/// Bytes to write numbers into.
struct Writer {
  std::string bytes;
  explicit Writer(std::size_t size) : bytes(size, '\0') {}
  Writer& text(std::size_t at, const std::string& value) {
    bytes.replace(at, value.size(), value);
    return *this;
  }
  Writer& integer(std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  Writer& u16(std::size_t at, std::uint64_t value) { return integer(at, value, 2); }
  Writer& u32(std::size_t at, std::uint64_t value) { return integer(at, value, 4); }
  Writer& f32(std::size_t at, double value) { return integer(at, std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4); }
  Writer& f64(std::size_t at, double value) { return integer(at, std::bit_cast<std::uint64_t>(value), 8); }
};

Writer version_1() {
  Writer w(156 + 12);
  w.text(0, "RAW ").u32(4, 3).f32(8, 4).f32(12, 0.02).f32(24, 10).f32(72, 1.5406).f32(76, 1.54443);
  return std::move(w.f32(156, 100).f32(160, 81).f32(164, 0));
}
Writer version_2() {
  Writer w(256 + 60 + 12);
  w.text(0, "RAW2").u16(4, 1).text(188, "Co").f32(190, 1.78897).f32(194, 1.79285).f32(198, 0.5);
  w.u16(256, 60).u16(258, 3).f32(268, 0.02).f32(272, 10);
  return std::move(w.f32(316, 100).f32(320, 81).f32(324, 0));
}
Writer version_3(std::size_t record = 4) {
  Writer w(712 + 304 + 8 + 3 * record);
  w.text(0, "RAW1.01").u32(8, 1).u32(12, 1).f32(564, 217.5).text(608, "Cu").f64(616, 1.54184).f64(624, 1.5406).f64(632, 1.54439);
  w.f64(640, 1.39222).f64(648, 0.5);
  w.u32(712, 304).u32(716, 3).f64(720, 5).f64(728, 10).f64(888, 0.02).f32(904, 4).f64(952, 1.5406).u32(964, record).u32(968, 8);
  const std::size_t data = 712 + 304 + 8;
  return std::move(w.f32(data, 100).f32(data + record, 81).f32(data + 2 * record, 0));
}
Writer version_4() {
  Writer w(61 + 40 + 136 + 160 + 92 + 12);
  w.text(0, "RAW4.00").u32(61, 10).u32(65, 40).text(73, "SAMPLEID");
  const std::size_t tube = 101, range = 237;
  w.u32(tube, 30).u32(tube + 4, 136).f64(tube + 80, 1.5406).f64(tube + 88, 1.54439).f64(tube + 96, 1.39222).f64(tube + 104, 0.5);
  w.text(tube + 116, "Cu");
  w.text(range + 32, "Locked Coupled").f64(range + 72, 10).f64(range + 80, 0.02).u32(range + 88, 3).f64(range + 112, 1.5406);
  w.u32(range + 136, 4).u32(range + 140, 92).u32(range + 160, 50).u32(range + 164, 92);
  const std::size_t data = range + 160 + 92;
  return std::move(w.f32(data, 100).f32(data + 4, 81).f32(data + 8, 0));
}

std::string raw_error(const std::string& bytes) { return error_of(try_parse_bruker_raw(bytes, "a.dat")); }

}  // namespace

TEST_CASE("RAW files of all four versions") {
  for (const auto& [name, file] : {std::pair{"1", version_1()}, {"2", version_2()}, {"3", version_3()}, {"4", version_4()}}) {
    CAPTURE(name);
    const auto result = try_parse_bruker_raw(file.bytes, "a.raw");
    if (!result) FAIL_CHECK(std::string(result.error().what()));
    if (!result) continue;
    const auto& p = result.value();
    CHECK(p.two_theta == Column{10, 10.02, 10.04});
    CHECK(p.intensity == Column{100, 81, 0});
    CHECK(p.sigma == Column{10, 9, 1});
    REQUIRE(p.radiation);
    CHECK(p.radiation->count == 2);
    CHECK(p.radiation->line[1].weight == 0.5);
    CHECK(p.radiation->line[0].wavelength == (name == std::string("2") ? 1.78897 : 1.5406));
    CHECK(p.radiation->anode == (name == std::string("1") ? std::nullopt : std::optional(name == std::string("2") ? Anode::Co : Anode::Cu)));
  }
  CHECK(parse_bruker_raw(version_3().bytes, "a").radius == 217.5);
}

TEST_CASE("RAW: measured angles, several ranges, K-beta") {
  Writer angles = version_3(12);
  angles.u32(960, 1).f64(1028, 10).f64(1040, 10.5).f64(1052, 11.5);
  CHECK(parse_bruker_raw(angles.bytes, "a").two_theta == Column{10, 10.5, 11.5});

  Writer beta = version_3();
  beta.f64(952, 1.39222);
  CHECK(parse_bruker_raw(beta.bytes, "a").radiation->count == 1);
  CHECK(parse_bruker_raw(beta.bytes, "a").radiation->line[0].wavelength == 1.39222);

  Writer first = version_1();
  first.u32(152, 1);
  Writer second = version_1();
  second.f32(24, 40);
  for (const std::string& two : {first.bytes + second.bytes, first.bytes + second.bytes.substr(4)}) {
    CHECK(contains(raw_error(two), "2 ranges, expected one"));
    CHECK(parse_bruker_raw(two, "a", 2).two_theta == Column{40, 40.02, 40.04});
    CHECK(contains(error_of(try_parse_bruker_raw(two, "a.dat", 3)), "range 3 does not exist"));
  }
  Writer three = version_3();
  three.u32(12, 2);
  const std::string both = three.bytes + version_3().bytes.substr(712);
  CHECK(contains(raw_error(both), "2 ranges, expected one"));
  CHECK(parse_bruker_raw(both, "a", 2).size() == 3);
}

TEST_CASE("RAW: what does not fit is one clear error, whatever sizes the headers claim") {
  const auto changed = [](Writer w, std::size_t at, std::uint64_t value) { return w.u32(at, value).bytes; };
  const std::pair<std::string, const char*> cases[] = {
      {"", "is empty"},
      {"RAW3.00", "begins with \"RAW3.00\", expected"},
      {"hello", "begins with \"hello\""},
      {version_1().bytes.substr(0, 100), "the file ends in the header at byte 4"},
      {changed(version_1(), 4, 0xffffff), "declares 16777215 points of 4 bytes, expected no more than the 12 bytes left"},
      {changed(version_1(), 4, 4), "declares 4 points"},
      {changed(version_1(), 4, 1), "a single point"},
      {changed(version_1(), 12, 0), "step 0 of the range at byte 4, expected a positive"},
      {changed(version_1(), 156, 0x7fc00000), "point 1 at byte 156 is not finite"},
      {changed(version_1(), 156, 0xc2c80000), "point 1 at byte 156: negative intensity -100"},
      {changed(version_1(), 152, 1), "the file ends in the header at byte 168"},
      {version_2().bytes.substr(0, 270), "the file ends in the header at byte 256"},
      {changed(version_2(), 256, 40), "header of 40 bytes at byte 256"},
      {version_2().bytes.substr(0, 320), "declares 3 points"},
      {version_3().bytes.substr(0, 800), "the file ends in the header at byte 712"},
      {changed(version_3(), 12, 0), "no range, expected one"},
      {changed(version_3(), 12, 0xffffffff), "the file ends in the header"},
      {changed(version_3(), 712, 0xffffffff), "header of 4294967295 bytes"},
      {changed(version_3(), 716, 0xffffffff), "declares 4294967295 points"},
      {changed(version_3(), 964, 0xffffffff), "declares 3 points of 4294967295 bytes"},
      {changed(version_3(), 964, 0), "declares 3 points of 0 bytes"},
      {changed(version_3(), 968, 0xffffffff), "declares 3 points"},
      {changed(version_3(), 908, 3), "scan of type 3, expected a scan of 2theta"},
      {version_4().bytes.substr(0, 64), "the file ends in the header at byte 61"},
      {changed(version_4(), 65, 0), "segment of 0 bytes at byte 61"},
      {changed(version_4(), 65, 0xffffffff), "segment of 4294967295 bytes"},
      {changed(version_4(), 237 + 88, 0xffffffff), "declares 4294967295 points"},
      {changed(version_4(), 237 + 140, 0xffffffff), "declares 3 points"},
      {version_4().text(237 + 32, "Rocking Curve ").bytes, "scan \"Rocking Curve\", expected a scan of 2theta"},
  };
  for (const auto& [bytes, message] : cases) {
    const std::string error = raw_error(bytes);
    CAPTURE(error);
    CAPTURE(message);
    CHECK(contains(error, message));
  }
}

TEST_CASE("damaged RAW files give an error or a sound pattern") {
  for (const std::string& bytes : {version_1().bytes, version_2().bytes, version_3().bytes, version_3(12).bytes, version_4().bytes})
    lamella_test::survives_damage(bytes, [](const std::string& text) { return try_parse_bruker_raw(text, "a.dat"); });
}

TEST_CASE("data: RAW files and what Bruker's programs made of them") {
  const auto raw = read_bruker_raw(formats + "bruker/BT86.raw");
  const auto uxd = read_uxd(formats + "bruker/BT86_.UXD");
  CHECK(raw.intensity == uxd.intensity);
  CHECK(raw.radius == uxd.radius);
  CHECK(std::abs(raw.two_theta.back() - uxd.two_theta.back()) < 5e-4);
  const auto d5000 = read_bruker_raw(formats + "bruker/D5000_1.RAW");
  const auto text = read_powder(formats + "bruker/D5000_1.xy");
  CHECK(d5000.intensity == text.intensity);
  CHECK(d5000.radiation->anode == Anode::Co);
  CHECK(d5000.radius == 217.5);
  REQUIRE(d5000.size() == text.size());
  for (std::size_t i = 0; i < text.size(); ++i) CHECK(std::abs(d5000.two_theta[i] - text.two_theta[i]) < 1e-9);
}
