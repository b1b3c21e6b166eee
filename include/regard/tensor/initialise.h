#pragma once

#include <cstdint>

#include <torch/nn/module.h>

namespace regard {

/// A module with parameters of its own that are drawn at random.
class Initialisable {
 public:
  virtual ~Initialisable() = default;
  virtual void initialise(at::Generator& generator) = 0;
};

/// Draws the parameters of `root` and of everything below it. Each module has a generator of its
/// own, seeded from (seed, name of the module), so that adding a module does not change the start
/// of the others.
void initialise_parameters(torch::nn::Module& root, std::uint64_t seed);

}  // namespace regard
