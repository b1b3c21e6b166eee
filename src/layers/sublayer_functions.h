#pragma once

#include <memory>
#include <string>
#include <utility>

#include "regard/layers/sublayer.h"

namespace regard {

/// The function of a sublayer of this kind. `name` is that of its attention records.
std::unique_ptr<SublayerFunction> make_function(const SublayerOptions& options,
                                                const SublayerSizes& sizes,
                                                const std::string& name);

/// A function that is an attention, whose weights may be read under its name.
class AttentionFunction : public SublayerFunction {
 public:
  std::shared_ptr<torch::nn::Module> module() const override { return attention_.ptr(); }
  std::string module_name() const override { return "attention"; }

 protected:
  AttentionFunction(const AttentionOptions& options, const AttentionSizes& sizes, std::string name)
      : attention_(options, sizes), name_(std::move(name)) {}

  /// Whether somebody reads its weights.
  bool is_recorded(const BlockInput& input) const;
  void record(const BlockInput& input, const AttentionResult& result) const;

  Attention attention_;

 private:
  std::string name_;
};

}  // namespace regard
