#pragma once

#include "service_call.h"

/// The API of LibreTranslate (https://docs.libretranslate.com), as its version 1.9 answers. Each
/// function answers a call, now or later, or throws ApiError.
namespace regard {

void libre_translate(const CallPointer& call);
void libre_detect(const CallPointer& call);
void libre_languages(const CallPointer& call);
void libre_settings(const CallPointer& call);
void libre_suggest(const CallPointer& call);

}  // namespace regard
