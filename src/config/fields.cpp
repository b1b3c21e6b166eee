#include "regard/config/fields.h"

#include "regard/core/strings.h"

#include "config/path.h"
#include "config/placement.h"
#include "config/rules.h"
#include "config/scalars.h"
#include "config/writer.h"

namespace regard::config {
namespace {

std::string type_text(const Type& type);

std::string plural_text(const Type& type) {
  if (type.kind() != Kind::list) return type_text(type) + "s";
  return "lists of " + plural_text(static_cast<const ListType&>(type).item());
}

std::string type_text(const Type& type) {
  switch (type.kind()) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
    case Kind::auto_integer:
      return "integer";
    case Kind::number:
      return "number";
    case Kind::text:
      return "text";
    case Kind::word:
      return "word";
    case Kind::group:
      return "group";
    case Kind::list:
      return "list of " + plural_text(static_cast<const ListType&>(type).item());
    case Kind::optional:
      break;
  }
  return "optional " + type_text(static_cast<const OptionalType&>(type).item());
}

void list_group(const GroupType& type, const void* defaults, const std::string& path,
                ResumeClass resume, std::vector<FieldDoc>& docs) {
  for (const Field& field : type.fields()) {
    const void* value = field.get(defaults);
    std::string field_path = join_path(path, field.name);
    const Type* inner = &bare_type(*field.type);
    const Type* held_type = field.type;
    const void* held = present_value(held_type, value);
    while (inner->kind() == Kind::list) {
      inner = &bare_type(static_cast<const ListType&>(*inner).item());
      if (inner->kind() == Kind::list || inner->kind() == Kind::group) field_path += "[]";
      held = nullptr;
    }
    FieldDoc doc;
    doc.path = field_path;
    doc.type = type_text(*field.type);
    doc.range_text = range_text(field);
    doc.unit = field.unit;
    doc.doc = field.doc;
    doc.resume = field.resume.value_or(resume);
    doc.is_required = must_be_given(field, value);
    doc.is_group = inner->kind() == Kind::group;
    if (!doc.is_required && field.type->kind() != Kind::group)
      doc.default_text = flow_text(*field.type, value);
    docs.push_back(doc);
    if (!doc.is_group) continue;
    const auto& group = static_cast<const GroupType&>(*inner);
    list_group(group, held == nullptr ? group.defaults() : held, field_path, doc.resume, docs);
  }
}

}  // namespace

std::vector<FieldDoc> list_fields(const GroupType& type) {
  std::vector<FieldDoc> docs;
  list_group(type, type.defaults(), "", ResumeClass::free, docs);
  return docs;
}

std::vector<std::string> unused_keys(const GroupType& type, const void* value) {
  std::vector<std::string> keys;
  for (const Field& field : type.fields()) {
    if (is_unused(type, field, value)) keys.push_back(field.name);
  }
  return keys;
}

const Field* find_key(const GroupType& type, std::string_view path) {
  const std::optional<FoundField> found = find_field(type, path);
  return found ? found->field : nullptr;
}

std::string to_string(ResumeClass resume) {
  switch (resume) {
    case ResumeClass::fixed:
      return "fixed";
    case ResumeClass::course:
      return "course";
    case ResumeClass::free:
      break;
  }
  return "free";
}

}  // namespace regard::config
