// A user's program. It has warnings of its own: those are not the library's business.
#include <lamella/core/dual.hpp>
#include <lamella/core/error.hpp>
#include <lamella/version.hpp>

#include <Eigen/Core>
#include <boost/math/constants/constants.hpp>

#include <cstdio>

int main(int argc, char**) {
  int unused = 1;
  float narrowed = 2.5 * argc;
  const Eigen::Vector3d v(3, 4, boost::math::constants::pi<double>() * 0);
  try {
    lamella::fail("expected");
  } catch (const lamella::Error&) {
    std::printf("lamella %d.%d.%d, |v| = %g\n", LAMELLA_VERSION_MAJOR, LAMELLA_VERSION_MINOR, LAMELLA_VERSION_PATCH,
                v.norm());
    return v.norm() == 5 ? 0 : 1;
  }
  return 1;
}
