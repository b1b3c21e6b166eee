#include <algorithm>
#include <new>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/engine/parallel.h"
#include "regard/run/engine_backend.h"

#include "edition.h"

namespace regard {
namespace {

class EngineEdition final : public Edition {
 public:
  std::string note() const override { return " (without LibTorch)"; }
  const ModelBackend& backend() const override { return backend_; }

  std::vector<Command> add_commands(cli::Command& program) const override {
    std::vector<Command> commands = {add_translate_command(program), add_score_command(program),
                                     add_evaluate_command(program),  add_encode_command(program),
                                     add_decode_command(program),    add_info_command(program),
                                     add_align_command(program),     add_serve_command(program)};
    for (Command& command : add_config_commands(program))
      commands.push_back(std::move(command));
    return commands;
  }

  void require_command(const std::string& name) const override {
    const std::vector<std::string> others = {"init",   "train",  "attend",  "compare",
                                             "import", "export", "average", "predict"};
    if (std::find(others.begin(), others.end(), name) == others.end()) return;
    throw UserError(str("regard ", name, " needs LibTorch, which this build does not have"),
                    "build regard with it (README.md, Install)");
  }

  void use_threads(int threads) const override { use_compute_threads(threads); }
  bool is_out_of_memory(const std::exception& error) const override {
    return dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  }
  std::string reason_of(const std::exception& error) const override { return error.what(); }

 private:
  EngineBackend backend_;
};

}  // namespace

const Edition& engine_edition() {
  static const EngineEdition edition;
  return edition;
}

}  // namespace regard
