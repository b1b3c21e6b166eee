#pragma once

namespace regard {

/// What a build of the program can do.
class Edition;
/// Everything.
const Edition& torch_edition();
/// What needs no LibTorch: translating with plain Transformers, evaluation, word alignment.
const Edition& engine_edition();

/// The program: parses the command line, runs a command, prints errors one line each, returns the
/// exit code (0 done, 1 run or environment failed, 2 the user must change something, 128 + N after
/// a clean save on signal N).
int run_app(int argc, const char* const* argv, const Edition& edition);

}  // namespace regard
