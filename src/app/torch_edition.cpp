#include <c10/util/Exception.h>

#include "regard/run/torch_backend.h"
#include "regard/tensor/device.h"

#include "edition.h"

namespace regard {
namespace {

class TorchEdition final : public Edition {
 public:
  std::string note() const override { return ""; }
  const ModelBackend& backend() const override { return backend_; }

  std::vector<Command> add_commands(cli::Command& program) const override {
    std::vector<Command> commands = {
        add_init_command(program),    add_train_command(program),    add_translate_command(program),
        add_score_command(program),   add_evaluate_command(program), add_encode_command(program),
        add_decode_command(program),  add_average_command(program),  add_info_command(program),
        add_attend_command(program),  add_compare_command(program),  add_align_command(program),
        add_predict_command(program), add_serve_command(program)};
    for (const auto& add : {add_import_commands, add_export_commands, add_config_commands}) {
      for (Command& command : add(program))
        commands.push_back(std::move(command));
    }
    return commands;
  }

  void require_command(const std::string& /*name*/) const override {}
  void use_threads(int threads) const override { set_compute_threads(threads); }
  bool is_out_of_memory(const std::exception& error) const override {
    return regard::is_out_of_memory(error);
  }
  std::string reason_of(const std::exception& error) const override {
    const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
    return of_torch != nullptr ? of_torch->what_without_backtrace() : error.what();
  }

 private:
  TorchBackend backend_;
};

}  // namespace

const Edition& torch_edition() {
  static const TorchEdition edition;
  return edition;
}

}  // namespace regard
