#pragma once

#include "service_call.h"

/// The API of our own, version 1: what openapi.json calls /v1. Each function answers a call, now or
/// later, or throws ApiError.
namespace regard {

/// Texts to translations with all their details; as server-sent events where asked.
void v1_translate(const CallPointer& call);
/// A line of JSON for each text, and a line of JSON for each answer, in order.
void v1_batch(const CallPointer& call);

}  // namespace regard
