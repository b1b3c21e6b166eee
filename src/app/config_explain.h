#pragma once

#include <string>

namespace regard {

/// What is declared of a key of Config, for people: meaning, type, default, what is allowed, unit,
/// whether it may change on a resume, and how it is written. Of a group, its keys; of the empty
/// key, those of the top level. Indices do not matter ("data.train[0].source",
/// "data.train.source"). Throws UserError with what was probably meant for a key that is not there.
std::string explain_key(const std::string& key);

}  // namespace regard
