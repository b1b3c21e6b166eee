#pragma once

#include <filesystem>
#include <string>

#include "regard/run/config.h"

namespace regard {

/// Looks whether the files that a configuration names are there, before any work begins: corpora
/// and vocabularies. Throws config::ConfigError with a problem for each that cannot be read, at its
/// key and line, with the directory that relative paths begin in.
void check_named_files(const LoadedConfig& loaded);

/// Throws UserError, with what was probably meant, where `path` is no file: a run's directory has
/// its configuration inside.
void require_configuration(const std::filesystem::path& path);

/// Throws `error`, which came of the value of `key`, as a problem of that key.
[[noreturn]] void throw_at_key(const regard::config::Document& document, const std::string& key,
                               const UserError& error);

}  // namespace regard
