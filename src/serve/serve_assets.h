#pragma once

namespace regard {

/// src/serve/assets/openapi.json, which the build embeds.
extern const char* const kOpenApiDocument;

}  // namespace regard
