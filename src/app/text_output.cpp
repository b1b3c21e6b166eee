#include "text_output.h"

#include "regard/run/text_output.h"

namespace regard {

void write_standard_output(std::string_view text) {
  TextOutput output({});
  output.write(text);
  output.commit();
}

}  // namespace regard
