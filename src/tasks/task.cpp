#include "regard/tasks/task.h"

#include "regard/tensor/torch.h"

namespace regard {

LineReaderOptions ExampleReading::of_lines() const {
  LineReaderOptions options;
  options.invalid_utf8 = invalid_utf8;
  return options;
}

Example Task::example_of(const Line& line, const SourceSpot& place) const {
  Example example;
  example.texts = {line.text};
  example.place = place;
  return example;
}

}  // namespace regard
