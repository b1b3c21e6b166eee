#include "regard/api/translator.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/version.h"

namespace regard {
namespace {

using testing::HasSubstr;

std::string mistake_of(const std::string& model, const OpenOptions& options) {
  try {
    Translator translator(model, options);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(TranslatorOfTheLibrary, NamesAModelThatIsNotThere) {
  EXPECT_THAT(mistake_of("no/model", {}), HasSubstr("no/model"));
}

TEST(TranslatorOfTheLibrary, NamesThePrecisions) {
  EXPECT_THAT(mistake_of("no/model", {.precision = "float8"}),
              HasSubstr("use float32, bfloat16, float16, int8"));
}

TEST(TranslatorOfTheLibrary, RefusesNegativeThreads) {
  EXPECT_THAT(mistake_of("no/model", {.threads = -1}), HasSubstr("threads: -1"));
}

TEST(LibraryVersion, IsThatOfTheProgram) {
  EXPECT_EQ(library_version(), program_version());
  EXPECT_FALSE(library_version().empty());
}

}  // namespace
}  // namespace regard
