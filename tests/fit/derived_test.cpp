#include <lamella/fit/derived.hpp>
#include <lamella/fit/free_parameters.hpp>

#include <doctest/doctest.h>

#include <Eigen/Core>

#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"
#include "toy_model.hpp"

using namespace lamella;
using lamella_test::Random, lamella_test::Toy, lamella_test::toy;

namespace {

/// Free parameters of the toy, one for each name, without ties.
std::vector<FreeParameter> free_list(const std::vector<std::string>& wanted) {
  FreeParameters p(parameter_names(toy()));
  for (const auto& name : wanted) REQUIRE(p.release(name) == 1);
  return p.list();
}

}  // namespace

TEST_CASE("slab and interslab carry the esds and the correlation of the closed formula") {
  // c = top.width, z = top.height: S = 2 c (1/3 - z), I = 2 c (z - 1/6). With independent errors
  // var S = (S/c)² var c + 4 c² var z, var I = (I/c)² var c + 4 c² var z, cov = S I/c² var c - 4 c² var z.
  Toy<double> model = toy();
  const double c = 15.9555, z = 0.2674, sigma_c = 0.00015, sigma_z = 0.00013;
  model.top = {c, z};
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(2, 2);
  covariance(0, 0) = sigma_c * sigma_c;
  covariance(1, 1) = sigma_z * sigma_z;
  const auto layers = [](const auto& m) {
    return std::array{2.0 * m.top.width * (1.0 / 3 - m.top.height), 2.0 * m.top.width * (m.top.height - 1.0 / 6)};
  };
  const auto d = propagate<2>(model, free_list({"top.width", "top.height"}), covariance, layers);
  const double slab = 2 * c * (1.0 / 3 - z), interslab = 2 * c * (z - 1.0 / 6);
  const double common = 4 * c * c * sigma_z * sigma_z, var_c = sigma_c * sigma_c;
  CHECK(d[0].value == doctest::Approx(slab).epsilon(1e-14));
  CHECK(d[1].value == doctest::Approx(interslab).epsilon(1e-14));
  CHECK(d.covariance[0][0] == doctest::Approx(slab * slab / (c * c) * var_c + common).epsilon(1e-12));
  CHECK(d.covariance[1][1] == doctest::Approx(interslab * interslab / (c * c) * var_c + common).epsilon(1e-12));
  CHECK(d.covariance[0][1] == doctest::Approx(slab * interslab / (c * c) * var_c - common).epsilon(1e-12));
  CHECK(d[0].esd == doctest::Approx(std::sqrt(d.covariance[0][0])));
  CHECK(d.correlation(0, 1) < -0.999);
  CHECK(d.correlation(0, 1) >= -1);
  CHECK(d.correlation(0, 0) == doctest::Approx(1));
  // Their sum is c/3: its esd does not know z.
  const auto sum = propagate<1>(model, free_list({"top.width", "top.height"}), covariance, [&](const auto& m) {
    const auto l = layers(m);
    return std::array{l[0] + l[1]};
  });
  CHECK(sum[0].esd == doctest::Approx(sigma_c / 3).epsilon(1e-9));
}

TEST_CASE("the esd of a ratio and of a volume follow the laws of error propagation with correlation") {
  Toy<double> model = toy();
  model.top = {3.0, 16.0};
  const double sa = 0.002, sc = 0.03, rho = 0.6;
  Eigen::MatrixXd covariance(2, 2);
  covariance << sa * sa, rho * sa * sc, rho * sa * sc, sc * sc;
  const auto d = propagate<2>(model, free_list({"top.width", "top.height"}), covariance, [](const auto& m) {
    return std::array{m.top.height / m.top.width, m.top.width * m.top.width * m.top.height};
  });
  const double ratio = 16.0 / 3, volume = 144;
  const double a = sa / 3, c = sc / 16;  // relative
  CHECK(d[0].esd == doctest::Approx(ratio * std::sqrt(c * c + a * a - 2 * rho * a * c)).epsilon(1e-12));
  CHECK(d[1].esd == doctest::Approx(volume * std::sqrt(c * c + 4 * a * a + 4 * rho * a * c)).epsilon(1e-12));
  const double covariance_of_logs = c * c - 2 * a * a + (2 - 1) * rho * a * c;  // of log(c/a) and log(a²c)
  CHECK(d.covariance[0][1] == doctest::Approx(ratio * volume * covariance_of_logs).epsilon(1e-12));
}

TEST_CASE("propagation agrees with a Monte Carlo sample of the parameters") {
  Toy<double> model = toy();
  model.top = {15.96, 0.2674};
  model.bottom = {2.974, 1.0};
  const auto f = [](const auto& m) {
    using std::sqrt;
    const auto slab = 2.0 * m.top.width * (1.0 / 3 - m.top.height);
    return std::array{slab, sqrt(m.bottom.width * m.bottom.width / 3.0 + slab * slab / 4.0)};  // slab and M-O bond
  };
  // Covariance L Lᵀ of (c, z, a).
  Eigen::MatrixXd factor(3, 3);
  factor << 4e-4, 0, 0, -6e-6, 1.1e-4, 0, 1e-5, 2e-6, 5e-5;
  const Eigen::MatrixXd covariance = factor * factor.transpose();
  const auto d = propagate<2>(model, free_list({"top.width", "top.height", "bottom.width"}), covariance, f);

  Random random(5);
  constexpr int samples = 200000;
  const auto centre = f(model);
  std::array<double, 2> mean{};
  std::array<std::array<double, 2>, 2> square{};
  for (int i = 0; i < samples; ++i) {
    const Eigen::Vector3d shift = factor * Eigen::Vector3d(random.normal(), random.normal(), random.normal());
    Toy<double> moved = model;
    moved.top.width += shift[0];
    moved.top.height += shift[1];
    moved.bottom.width += shift[2];
    const auto y = f(moved);
    for (std::size_t a = 0; a < 2; ++a) {
      mean[a] += (y[a] - centre[a]) / samples;
      for (std::size_t b = 0; b < 2; ++b) square[a][b] += (y[a] - centre[a]) * (y[b] - centre[b]) / samples;
    }
  }
  // Relative standard error of a variance from n samples: sqrt(2/n) = 0.3 %; five of them.
  for (std::size_t a = 0; a < 2; ++a)
    for (std::size_t b = 0; b < 2; ++b)
      CHECK(std::abs(square[a][b] - mean[a] * mean[b] - d.covariance[a][b]) < 0.016 * d[a].esd * d[b].esd);
  CHECK(d[0].value == doctest::Approx(centre[0]).epsilon(1e-14));
}

TEST_CASE("parameters beyond the width of one sweep are not forgotten") {
  // Sum of all eight parameters of the toy and eleven more layers: 19 free ones.
  Toy<double> model = toy();
  for (int i = 0; i < 11; ++i) model.layers.push_back(i);
  FreeParameters p(parameter_names(model));
  p.release("*");
  p.release("*.*");
  const auto free = p.list();
  REQUIRE(free.size() == 19);
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(19, 19);
  double expected = 0;
  for (Eigen::Index i = 0; i < 19; ++i) {
    covariance(i, i) = static_cast<double>(i + 1);
    expected += static_cast<double>((i + 1) * (i + 1) * (i + 1));  // weight i + 1, variance i + 1
  }
  const auto d = propagate<1>(model, free, covariance, [](const auto& m) {
    using T = typename std::remove_cvref_t<decltype(m)>::scalar;
    T sum(0.0);
    double weight = 1;
    for_each_parameter([&](const T& x) { sum += x * weight++; }, m);
    return std::array{sum};
  });
  CHECK(d.covariance[0][0] == doctest::Approx(expected).epsilon(1e-13));
}

TEST_CASE("tied parameters move together in what is derived") {
  // bottom.width follows top.width with coefficient -2: f = top.width + bottom.width has slope -1.
  FreeParameters p(parameter_names(toy()));
  p.tie(3, 1, -2);
  p.release("top.width");
  Eigen::MatrixXd covariance(1, 1);
  covariance(0, 0) = 0.09;
  const auto d = propagate<2>(toy(), p.list(), covariance, [](const auto& m) {
    return std::array{m.top.width + m.bottom.width, m.top.width * m.bottom.width};
  });
  CHECK(d.covariance[0][0] == doctest::Approx(0.09));
  CHECK(d[1].esd == doctest::Approx(0.3 * std::abs(3 + 1 * -2.0)));  // d(xy) = y dx + x dy, x = 1, y = 3
  CHECK(d.correlation(0, 1) == doctest::Approx(-1));
}

TEST_CASE("what does not depend on a free parameter has no esd and no correlation") {
  Eigen::MatrixXd covariance(1, 1);
  covariance(0, 0) = 1;
  const auto d = propagate<2>(toy(), free_list({"offset"}), covariance, [](const auto& m) { return std::array{m.top.width, m.offset}; });
  CHECK(d[0].value == 1);
  CHECK(d[0].esd == 0);
  CHECK(d.correlation(0, 1) == 0);
  CHECK(d[1].esd == 1);
}

TEST_CASE("with nothing free the value is exact") {
  const auto d = propagate<1>(toy(), {}, Eigen::MatrixXd(), [](const auto& m) { return std::array{m.top.width * m.top.height}; });
  CHECK(d[0].value == 2);
  CHECK(d[0].esd == 0);
}
