#pragma once

#include "regard/cli/command.h"
#include "regard/run/loaded_translator.h"

/// How a model translates, on the command line: what `regard translate` and `regard evaluate MODEL`
/// share.
namespace regard {

/// What changes the text of the translations.
void add_search_options(cli::Command& command, SearchSetup& setup);
/// How it is computed: memory, workers and numbers.
void add_computing_options(cli::Command& command, SearchSetup& setup);

}  // namespace regard
