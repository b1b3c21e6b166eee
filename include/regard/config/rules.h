#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// What a described key may carry besides its type: limits, unit, resume class; and the collector
/// for rules between keys. An options header gets this through describe.h.
namespace regard::config {

/// What a changed key means for a run that is resumed.
enum class ResumeClass {
  fixed,   ///< defines the model or the data: another value is refused
  course,  ///< steers the course of training: another value is a warning
  free,    ///< limits, logging, saving: may change at will
};

/// One side of the allowed range of a number.
struct Bound {
  double limit = 0.0;
  bool is_lower = true;
  bool is_open = false;  ///< the limit itself is not allowed
};
struct Between {
  Bound low;
  Bound high;
};
struct OneOf {
  std::vector<std::string> words;
};
struct NotEmpty {};
struct MinItems {
  std::size_t count = 0;
};
struct Unit {
  std::string name;
};
/// What only_with() and used_with() say.
struct OnlyWith {
  std::string key;
  std::vector<std::string> values;
  std::string fix;  ///< empty: to remove it, or to use such a value
  bool is_strict = true;
};
struct Required {};
template <class Test>
struct ValidIf {
  Test test;
  std::string rule;
};

/// Limits of a number. On a list each item is tested, on an optional its value.
inline Bound at_least(double limit) {
  return {limit, true, false};
}
inline Bound at_most(double limit) {
  return {limit, false, false};
}
inline Bound above(double limit) {
  return {limit, true, true};
}
inline Bound below(double limit) {
  return {limit, false, true};
}
/// Both ends are allowed.
inline Between between(double low, double high) {
  return {at_least(low), at_most(high)};
}

/// The words that a text may be. On a list each item is tested.
inline OneOf one_of(std::vector<std::string> words) {
  return {std::move(words)};
}
/// For a text or a list. Where the default is empty, the key must be given.
inline NotEmpty not_empty() {
  return {};
}
/// The least length of a list.
inline MinItems min_items(std::size_t count) {
  return {count};
}
/// A rule of one's own: `test` takes the member, or the value of an optional, or each item of a
/// list. `rule` completes "allowed: ", such as "a multiple of 8".
template <class Test>
ValidIf<Test> valid_if(Test test, std::string rule) {
  return {std::move(test), std::move(rule)};
}
/// The key belongs to some values of another key of its struct: with others, a value that is not
/// the default is refused. The documentation says so.
inline OnlyWith only_with(std::string key, std::vector<std::string> values, std::string fix = "") {
  return {std::move(key), std::move(values), std::move(fix), true};
}
/// The same where other values are no mistake in themselves: unused_keys() finds them.
inline OnlyWith used_with(std::string key, std::vector<std::string> values) {
  return {std::move(key), std::move(values), "", false};
}
/// Shown in the documentation, such as "updates" or "seconds".
inline Unit unit(std::string name) {
  return {std::move(name)};
}
/// The file must give the key.
inline Required required() {
  return {};
}

/// Resume classes. A group hands its class to everything below it that has none; without any it is
/// `free`.
inline ResumeClass fixed_on_resume() {
  return ResumeClass::fixed;
}
inline ResumeClass course_on_resume() {
  return ResumeClass::course;
}
inline ResumeClass free_on_resume() {
  return ResumeClass::free;
}

/// Collects broken rules between the keys of one struct.
class Checks {
 public:
  struct Failure {
    std::string path;
    std::string what;
    std::string fix;
  };

  /// `path` is relative to the struct that is checked: "heads", "levels[0].blocks.repeat", or ""
  /// for the struct itself. `what` and `fix` are without a final stop: "7 does not divide model.dim
  /// = 512", "use 8".
  void fail(std::string path, std::string what, std::string fix = "") {
    failures_.push_back({std::move(path), std::move(what), std::move(fix)});
  }
  const std::vector<Failure>& failures() const { return failures_; }

 private:
  std::vector<Failure> failures_;
};

}  // namespace regard::config
