#pragma once

#include <cstddef>

namespace regard {

// One less than the 16 bits of the format, where 65,535 stands for "see elsewhere".
inline constexpr std::size_t kMaxZipEntries = 65'534;

}  // namespace regard
