// The decomposition of normal matrices against Eigen's.
#include <lamella/fit/detail/cholesky.hpp>

#include <doctest/doctest.h>

#include <Eigen/Cholesky>

#include <cmath>
#include <limits>

#include "../support/random_numbers.hpp"

using namespace lamella;

TEST_CASE("a positive definite matrix of any size is decomposed, solved for and inverted like by Eigen, from its lower half alone") {
  lamella_test::Random random(20261128);
  for (const Eigen::Index n : {0, 1, 2, 5, 17, 60}) {
    CAPTURE(n);
    Eigen::MatrixXd root(n, n + 3);
    for (Eigen::Index i = 0; i < root.size(); ++i) root.data()[i] = random.normal();
    const Eigen::MatrixXd matrix = root * root.transpose();
    Eigen::MatrixXd lower = matrix;
    for (Eigen::Index j = 0; j < n; ++j)
      for (Eigen::Index i = 0; i < j; ++i) lower(i, j) = std::numeric_limits<double>::quiet_NaN();
    detail::Cholesky cholesky;
    REQUIRE(cholesky.compute(lower));
    if (n == 0) continue;
    const Eigen::LLT<Eigen::MatrixXd> reference(matrix);
    Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(n, -1, 1);
    const Eigen::VectorXd wanted = reference.solve(x);
    cholesky.solve(x.data());
    const double rounding = 1e-14 * static_cast<double>(n) / reference.rcond();  // of backward-stable solves
    CHECK((x - wanted).norm() <= rounding * wanted.norm());
    const Eigen::MatrixXd inverse = cholesky.inverse(), other = reference.solve(Eigen::MatrixXd::Identity(n, n));
    CHECK((inverse - other).norm() <= rounding * other.norm());
    CHECK(detail::largest_column(matrix) == doctest::Approx(matrix.cwiseAbs().colwise().sum().maxCoeff()));
  }
}

TEST_CASE("what is not positive definite or not finite is refused") {
  detail::Cholesky cholesky;
  CHECK_FALSE(cholesky.compute(Eigen::MatrixXd::Zero(2, 2)));
  CHECK_FALSE(cholesky.compute(-Eigen::MatrixXd::Identity(3, 3)));
  Eigen::MatrixXd singular = Eigen::MatrixXd::Ones(2, 2);
  CHECK_FALSE(cholesky.compute(singular));
  Eigen::MatrixXd undefined = Eigen::MatrixXd::Identity(2, 2);
  undefined(1, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(cholesky.compute(undefined));
  undefined(1, 0) = 0;
  undefined(1, 1) = std::numeric_limits<double>::infinity();
  CHECK_FALSE(cholesky.compute(undefined));
}
