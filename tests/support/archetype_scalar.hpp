// A number with only the operations that the concept Scalar promises, and the functions that a look-alike of `double`
// must bring along. Whatever compiles with it asks for nothing else.
#pragma once

#include <cmath>

namespace archetype {

class Real {
 public:
  Real() = default;
  explicit Real(double x) : x_(x) {}

  friend Real operator+(const Real& a, const Real& b) { return Real(a.x_ + b.x_); }
  friend Real operator-(const Real& a, const Real& b) { return Real(a.x_ - b.x_); }
  friend Real operator*(const Real& a, const Real& b) { return Real(a.x_ * b.x_); }
  friend Real operator/(const Real& a, const Real& b) { return Real(a.x_ / b.x_); }
  friend Real operator-(const Real& a) { return Real(-a.x_); }
  friend Real& operator+=(Real& a, const Real& b) { return a = a + b; }
  friend bool operator<(const Real& a, const Real& b) { return a.x_ < b.x_; }

  friend double value_of(const Real& a) { return a.x_; }
  friend Real sqrt(const Real& a) { return Real(std::sqrt(a.x_)); }
  friend Real exp(const Real& a) { return Real(std::exp(a.x_)); }
  friend Real log(const Real& a) { return Real(std::log(a.x_)); }
  friend Real sin(const Real& a) { return Real(std::sin(a.x_)); }
  friend Real cos(const Real& a) { return Real(std::cos(a.x_)); }
  friend Real tan(const Real& a) { return Real(std::tan(a.x_)); }
  friend Real asin(const Real& a) { return Real(std::asin(a.x_)); }
  friend Real acos(const Real& a) { return Real(std::acos(a.x_)); }
  friend Real pow(const Real& a, double p) { return Real(std::pow(a.x_, p)); }

 private:
  double x_ = 0;
};

}  // namespace archetype
