#pragma once

#include <cstdint>
#include <string_view>

namespace regard {

/// CRC-32C (Castagnoli), reflected, polynomial 0x82F63B78. "123456789" gives 0xE3069283.
std::uint32_t crc32c(std::string_view bytes);

/// What record files hold instead: rotated right by 15 bits, plus 0xA282EAD8.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace regard
