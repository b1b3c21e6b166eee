#include "regard/app/app.h"

// The program without LibTorch (cmake -DREGARD_TORCH=OFF).
int main(int argc, char** argv) {
  return regard::run_app(argc, argv, regard::engine_edition());
}
