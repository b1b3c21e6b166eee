#include "regard/app/app.h"

int main(int argc, char** argv) {
  return regard::run_app(argc, argv, regard::torch_edition());
}
