#pragma once

#include <optional>
#include <string>
#include <vector>

#include "regard/config/type.h"

#include "config/scalars.h"

namespace regard::config {

/// The value inside optionals, or nullptr when one is absent; `type` becomes its type.
const void* present_value(const Type*& type, const void* value);
/// `type` without optionals around it.
const Type& bare_type(const Type& type);

/// Whether it is one of several groups, such as data.train.
bool is_list_of_groups(const Type& type);

/// What a scalar breaks of its field's limits and words.
std::optional<Fault> scalar_fault(const Field& field, const Type& type, const void* value);
/// What the member as a whole breaks: emptiness, length, rules of its own.
std::optional<Fault> member_fault(const Field& field, const void* member);
/// Whether the member breaks anything, its items included. A default that does must be replaced by
/// the file.
bool breaks_rules(const Field& field, const void* member);

/// Whether another key of the struct at `owner` leaves this one without use.
bool is_unused(const GroupType& type, const Field& field, const void* owner);
/// Refuses keys of only_with() that are not at their default where they have no use.
void check_owners(const GroupType& type, const void* owner, Checks& checks);

/// "between 0 and 1", "above 0", "at least 1 and below 8"; empty for no bounds.
std::string bounds_text(const std::vector<Bound>& bounds);
/// What is allowed: "at least 0", "pre, post, none"; empty = anything of the type.
std::string range_text(const Field& field);
/// Whether the file must give the key where the member is as given here, the default.
bool must_be_given(const Field& field, const void* member);

}  // namespace regard::config
