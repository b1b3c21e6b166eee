#pragma once

#include "regard/config/aliases.h"

namespace regard {

/// What Marian, fairseq, OpenNMT-py, joeynmt and Hugging Face call the keys of Config, for messages
/// that say what to write instead. Nothing of it is accepted.
const config::Aliases& foreign_names();

}  // namespace regard
