#pragma once

#include <cstddef>
#include <utility>

/// Counting at compile time: the members of a struct, and the members that its describe() names.
/// REGARD_DESCRIBED holds the two equal, so that a forgotten description stops the build.
namespace regard::config::detail {

/// Converts to anything; only in unevaluated code. Defined, since types without linkage ask for it.
struct Anything {
  template <class T>
  operator T() const {
    throw "Anything has no value";
  }
};

template <class Struct, std::size_t... Indices>
constexpr bool takes_values(std::index_sequence<Indices...>) {
  return requires {
    Struct{(void(Indices), Anything{})...};
  };
}

/// Members of an aggregate: the most values that its braces take. C arrays as members would
/// miscount.
template <class Struct, std::size_t Found = 0>
constexpr std::size_t count_members() {
  if constexpr (takes_values<Struct>(std::make_index_sequence<Found + 1>{})) {
    return count_members<Struct, Found + 1>();
  } else {
    return Found;
  }
}

// describe() is an ordinary function template, so its calls cannot be counted by constant
// evaluation. Instead each REGARD_FIELD fills one slot of its struct: naming Mark instantiates a
// class that defines the friend function of the first slot that has none yet. The static_assert
// around it depends on no template parameter of describe(), so that happens where describe() is
// parsed. A member that is named twice fills one slot, so it does not hide a forgotten one.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-template-friend"
#endif
template <class Struct, std::size_t Index>
struct Slot {
  friend constexpr auto is_filled(Slot);
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

template <class Struct, std::size_t Index, auto Member>
struct SlotFiller {
  friend constexpr auto is_filled(Slot<Struct, Index>) { return true; }
  static constexpr bool is_done = true;
};

/// Slots filled so far. `Witness` differs per place of use, so that the compiler counts again.
template <class Struct, auto Witness, std::size_t Found = 0>
constexpr std::size_t count_filled() {
  if constexpr (requires { is_filled(Slot<Struct, Found>{}); }) {
    return count_filled<Struct, Witness, Found + 1>();
  } else {
    return Found;
  }
}

template <class Struct, auto Member, std::size_t Index = count_filled<Struct, Member>()>
using Mark = SlotFiller<Struct, Index, Member>;

/// Members that describe() names; to be asked once, after the struct.
template <class Struct>
constexpr std::size_t count_described() {
  return count_filled<Struct, nullptr>();
}

template <std::size_t Members, std::size_t Described>
constexpr bool every_member_is_described() {
  static_assert(Members == Described, "members == described keys: a REGARD_FIELD is missing");
  return true;
}

}  // namespace regard::config::detail
