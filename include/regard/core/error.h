#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace regard {

/// A location in a file or on the command line. 0 = line or column unknown; an empty name = no
/// location.
struct SourceSpot {
  std::string name;
  std::int64_t line = 0;
  std::int64_t column = 0;
};

/// "configs/a.yaml:14:7", "data/train.de:12" or "--set".
std::string to_string(const SourceSpot& spot);

/// One thing that is wrong: where, what (key, value, reason) and what to do about it (may be
/// empty).
struct Problem {
  SourceSpot spot;
  std::string what;
  std::string fix;
};

/// "configs/a.yaml:14:7: model.heads: 7 does not divide model.dim = 512. Fix: use 8."
/// Control bytes are escaped and the parts are cut so that the printed line, "error: " included,
/// has at most 1000 bytes: untrusted text is safe in it, and the fix survives a long reason.
std::string to_string(const Problem& problem);

/// Who must act, and so the exit code of the program.
enum class ErrorKind {
  user,         ///< exit 2: usage, configuration, input data, model files
  environment,  ///< exit 1: the run or its environment failed (disk, memory, device, divergence)
};

/// What the library throws. It carries one or more problems (what() has a line for each), each
/// printed as one line by `app` alone.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::vector<Problem> problems);

  const char* what() const noexcept override { return text_.c_str(); }
  ErrorKind kind() const noexcept { return kind_; }
  const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  ErrorKind kind_;
  std::vector<Problem> problems_;
  std::string text_;
};

/// The user must change something (exit 2).
class UserError : public Error {
 public:
  explicit UserError(std::vector<Problem> problems) : Error(ErrorKind::user, std::move(problems)) {}
  explicit UserError(std::string what, std::string fix = "")
      : UserError({Problem{{}, std::move(what), std::move(fix)}}) {}
  UserError(SourceSpot spot, std::string what, std::string fix = "")
      : UserError({Problem{std::move(spot), std::move(what), std::move(fix)}}) {}
};

/// The run or the environment failed (exit 1).
class RunError : public Error {
 public:
  explicit RunError(std::string what, std::string fix = "")
      : Error(ErrorKind::environment, {Problem{{}, std::move(what), std::move(fix)}}) {}
  RunError(SourceSpot spot, std::string what, std::string fix = "")
      : Error(ErrorKind::environment, {Problem{std::move(spot), std::move(what), std::move(fix)}}) {
  }
};

/// The lines to print for an error: "error: " before each problem, at most ten, then "error: and N
/// more problems".
std::vector<std::string> error_lines(const Error& error);

}  // namespace regard
