#pragma once

#include <string_view>

namespace regard {

/// "CID" of "CID:D003000:D006973"; "" without ':'.
inline std::string_view type_of_item(std::string_view item) {
  const auto colon = item.find(':');
  return colon == std::string_view::npos ? std::string_view() : item.substr(0, colon);
}

}  // namespace regard
