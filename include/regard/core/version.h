#pragma once

#include <string>

namespace regard {

/// The version of this program: "0.1.0".
std::string program_version();

}  // namespace regard
