#include <memory>
#include <string>

#include "regard/run/model_facts.h"
#include "regard/run/model_names.h"

#include "command.h"
#include "info_text.h"
#include "key_options.h"
#include "text_output.h"

namespace regard {
namespace {

struct InfoArguments {
  std::string model;
  bool as_json = false;
  bool has_tensors = false;
};

template <class Opened>
void show(const Opened& opened, const InfoArguments& arguments) {
  const ModelFacts facts = facts_of(opened, arguments.model);
  write_standard_output(arguments.as_json ? info_json(opened, facts)
                                          : info_text(opened, facts, arguments.has_tensors));
}

int run(const InfoArguments& arguments, const ModelBackend& backend) {
  if (head_task_of(arguments.model) != nullptr) {
    show(backend.check_task(arguments.model), arguments);
  } else {
    show(backend.check(arguments.model), arguments);
  }
  return 0;
}

}  // namespace

Command add_info_command(cli::Command& program) {
  cli::Command& command = program.add_command(
      "info", "Show a model: architecture, score, size, and useful next commands.");
  auto a = std::make_shared<InfoArguments>();
  add_model(command, a->model);
  command.flag("--tensors", a->has_tensors, "List the names and shapes of all weights.");
  command.flag("--json", a->as_json, "Write all of it as JSON, tensors included.");
  return {&command, [a](CommandContext& context) { return run(*a, context.backend); }};
}

}  // namespace regard
