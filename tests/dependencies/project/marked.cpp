#include <Eigen/Core>
#include <boost/math/constants/constants.hpp>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#if !defined(FROM_ARCHIVE_eigen) || !defined(FROM_ARCHIVE_boost_math) || !defined(FROM_ARCHIVE_json) || \
    !defined(FROM_ARCHIVE_pugixml)
#error "a dependency did not come from its archive"
#endif
