#pragma once

/// What Regard uses of LibTorch: tensors, gradients, modules. <torch/torch.h> has everything else
/// too, and files take twice as long to compile with it.

#include <torch/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>
#include <torch/utils.h>
