#include <string>
#include <vector>

#include "regard/config/fields.h"

#include "config/path.h"
#include "config/rules.h"
#include "config/writer.h"

namespace regard::config {
namespace {

class Comparer {
 public:
  std::vector<Difference> found;

  void compare_groups(const GroupType& type, const void* a, const void* b, const std::string& path,
                      ResumeClass resume) {
    for (const Field& field : type.fields()) {
      compare(*field.type, field.get(a), field.get(b), join_path(path, field.name),
              field.resume.value_or(resume));
    }
  }

 private:
  void compare(const Type& type, const void* a, const void* b, const std::string& path,
               ResumeClass resume) {
    const Type* type_a = &type;
    const Type* type_b = &type;
    const void* held_a = present_value(type_a, a);
    const void* held_b = present_value(type_b, b);
    if (held_a != nullptr && held_b != nullptr) {
      if (type_a->kind() == Kind::group) {
        compare_groups(static_cast<const GroupType&>(*type_a), held_a, held_b, path, resume);
        return;
      }
      if (type_a->kind() == Kind::list &&
          compare_items(static_cast<const ListType&>(*type_a), held_a, held_b, path, resume)) {
        return;
      }
    }
    std::string text_a = flow_text(type, a);
    std::string text_b = flow_text(type, b);
    if (text_a != text_b) found.push_back({path, std::move(text_a), std::move(text_b), resume});
  }

  /// Item by item; false where that makes no sense.
  bool compare_items(const ListType& type, const void* a, const void* b, const std::string& path,
                     ResumeClass resume) {
    if (type.item().kind() != Kind::group || type.size(a) != type.size(b)) return false;
    for (std::size_t i = 0; i < type.size(a); ++i) {
      compare(type.item(), type.at(a, i), type.at(b, i), join_index(path, i), resume);
    }
    return true;
  }
};

}  // namespace

std::vector<Difference> differences(const GroupType& type, const void* a, const void* b) {
  Comparer comparer;
  comparer.compare_groups(type, a, b, "", ResumeClass::free);
  return std::move(comparer.found);
}

}  // namespace regard::config
