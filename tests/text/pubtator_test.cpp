#include "regard/text/pubtator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/strings.h"

#include "text/read_text.h"

namespace regard {
namespace {

using test::TextLines;
using test::user_error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<PubtatorDocument> read_documents(const std::string& text) {
  const TextLines lines(text);
  PubtatorReader reader(lines.reader());
  std::vector<PubtatorDocument> documents;
  PubtatorDocument document;
  while (reader.next(document))
    documents.push_back(document);
  EXPECT_FALSE(reader.next(document));
  return documents;
}

std::string pubtator_error(const std::string& text) {
  return user_error_of([&] { read_documents(text); });
}

const std::string kTexts = "1|t|Aspirin and pain.\n1|a|Bleeding after aspirin.\n";

TEST(Pubtator, DocumentsHaveTextMentionsAndRelations) {
  const auto documents =
      read_documents("\n" + kTexts +
                     "1\t0\t7\tAspirin\tChemical\tD001241\n"
                     "1\t18\t26\tBleeding\tDisease\tD006470|D000001\tBleeding|x\n"
                     "1\t12\t16\tpain\tDisease\t-1\n"
                     "1\tCID\tD001241\tD006470\n"
                     "1\tCID\tD001241\tD006470\n\n\n"
                     "2|t|\r\n2|a|\r\n");
  ASSERT_EQ(documents.size(), 2U);
  const PubtatorDocument& first = documents[0];
  EXPECT_EQ(first.id, "1");
  EXPECT_EQ(first.text, "Aspirin and pain. Bleeding after aspirin.");
  EXPECT_EQ(first.title_bytes, 17U);
  EXPECT_EQ(first.place.line, 2);
  ASSERT_EQ(first.mentions.size(), 3U);
  EXPECT_EQ(first.mentions[0].type, "Chemical");
  EXPECT_THAT(first.mentions[0].concepts, ElementsAre("D001241"));
  EXPECT_EQ(first.text.substr(first.mentions[1].begin, 8), "Bleeding");
  EXPECT_EQ(first.mentions[1].end, 26U);
  EXPECT_THAT(first.mentions[1].concepts, ElementsAre("D006470", "D000001"));
  EXPECT_THAT(first.mentions[2].concepts, IsEmpty());
  ASSERT_EQ(first.relations.size(), 1U);
  EXPECT_EQ(first.relations[0].type, "CID");
  EXPECT_EQ(first.relations[0].second, "D006470");
  EXPECT_EQ(first.relations[0].line, 7);
  EXPECT_EQ(documents[1].text, " ");
  EXPECT_THAT(documents[1].mentions, IsEmpty());
  EXPECT_TRUE(read_documents("").empty());
}

TEST(Pubtator, OffsetsCountCharacters) {
  const auto documents = read_documents(
      "1|t|β-blocker "
      "größe\n1|a|Ödem.\n1\t2\t9\tblocker\tChemical\tD1\n1\t16\t20\tÖdem\tDisease\tD2\n");
  ASSERT_EQ(documents.size(), 1U);
  const PubtatorDocument& document = documents[0];
  ASSERT_EQ(document.mentions.size(), 2U);
  const PubtatorMention& last = document.mentions[1];
  EXPECT_EQ(document.text.substr(last.begin, last.end - last.begin), "Ödem");
  EXPECT_EQ(document.mentions[0].begin, 3U);
}

TEST(Pubtator, MistakesAreNamedWithTheirLine) {
  EXPECT_EQ(
      pubtator_error(kTexts + "1\t0\t7\taspirin\tChemical\tD1\n"),
      "FILE:3: text there is 'Aspirin', the mention says 'aspirin'. Fix: count characters from "
      "0, in the title, a space and the abstract.");
  EXPECT_THAT(pubtator_error(kTexts + "1\t30\t99\tx\tChemical\tD1\n"),
              HasSubstr("FILE:3: a mention from 30 to 99, but the text has 41 characters"));
  EXPECT_THAT(pubtator_error(kTexts + "1\t7\t7\t\tChemical\tD1\n"), HasSubstr("from 7 to 7"));
  EXPECT_THAT(pubtator_error(kTexts + "1\t-1\t7\tx\tChemical\tD1\n"),
              HasSubstr("offset '-1' is no number"));
  EXPECT_THAT(pubtator_error(kTexts + "1\t0\t7\tAspirin\t\tD1\n"), HasSubstr("has no type"));
  EXPECT_THAT(pubtator_error(kTexts + "2\t0\t7\tAspirin\tChemical\tD1\n"),
              HasSubstr("FILE:3: document '2' inside of document '1'"));
  EXPECT_THAT(pubtator_error(kTexts + "1\tCID\tD1\tD2\n"),
              HasSubstr("FILE:3: concept 'D1' has no mention in document '1'"));
  EXPECT_THAT(pubtator_error(kTexts + "1\tCID\t\tD2\n"),
              HasSubstr("part of the relation is empty"));
  EXPECT_THAT(
      pubtator_error(kTexts + "hello\n"),
      HasSubstr("FILE:3: neither a mention (6 columns) nor a relation (4 columns): 1 column"));
  EXPECT_THAT(pubtator_error(kTexts + kTexts), HasSubstr("FILE:3: neither a mention"));
}

TEST(Pubtator, TitleAndAbstractBelongTogether) {
  EXPECT_EQ(pubtator_error("1|a|x\n"),
            "FILE:1: the title of a document is missing. Fix: write ID|t| and the text.");
  EXPECT_THAT(pubtator_error("1|t|x\n1|t|y\n"), HasSubstr("FILE:2: the abstract of a document"));
  EXPECT_THAT(pubtator_error("1|t|x\n2|a|y\n"),
              HasSubstr("FILE:2: the abstract of '2' behind the title of '1'"));
  EXPECT_THAT(pubtator_error("1|t|x\n\n"), HasSubstr("FILE:1: the document has no abstract"));
  EXPECT_THAT(pubtator_error("|t|x\n"), HasSubstr("the title of a document is missing"));
}

TEST(Pubtator, ADocumentWithoutEndIsRefused) {
  std::string text = kTexts;
  const std::string mention = "1\t0\t7\tAspirin\tChemical\tD1\t" + std::string(1 << 19, 'x') + "\n";
  for (int i = 0; i < 33; ++i)
    text += mention;
  EXPECT_THAT(pubtator_error(text), HasSubstr("the document has more than 16 MiB"));
}

}  // namespace
}  // namespace regard
