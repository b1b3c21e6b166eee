# What Regard stands on. scripts/install_dependencies.sh brings all of it on Debian and Ubuntu.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(BZip2 REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)

# SentencePiece has no CMake package. Its two libraries carry a protobuf of their own, so they are linked privately
# by `text` alone.
find_path(SENTENCEPIECE_INCLUDE_DIR sentencepiece_processor.h REQUIRED)
find_library(SENTENCEPIECE_LIBRARY sentencepiece REQUIRED)
find_library(SENTENCEPIECE_TRAIN_LIBRARY sentencepiece_train REQUIRED)
add_library(regard_sentencepiece INTERFACE)
target_include_directories(regard_sentencepiece SYSTEM INTERFACE ${SENTENCEPIECE_INCLUDE_DIR})
target_link_libraries(regard_sentencepiece INTERFACE ${SENTENCEPIECE_LIBRARY} ${SENTENCEPIECE_TRAIN_LIBRARY})

# Neither has zstd, on Debian 12.
find_path(ZSTD_INCLUDE_DIR zstd.h REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
add_library(regard_zstd INTERFACE)
target_include_directories(regard_zstd SYSTEM INTERFACE ${ZSTD_INCLUDE_DIR})
target_link_libraries(regard_zstd INTERFACE ${ZSTD_LIBRARY})

# MeCab finds the words of Japanese and Korean for BLEU. Its header is all that is needed here: the library is loaded
# when a command asks for it, and without the header that command says what is missing.
find_path(MECAB_INCLUDE_DIR mecab.h)
add_library(regard_mecab INTERFACE)
if(MECAB_INCLUDE_DIR)
  target_include_directories(regard_mecab SYSTEM INTERFACE ${MECAB_INCLUDE_DIR})
  target_compile_definitions(regard_mecab INTERFACE REGARD_MECAB)
  target_link_libraries(regard_mecab INTERFACE ${CMAKE_DL_LIBS})
endif()

# minizip has no CMake package on Debian.
find_path(MINIZIP_INCLUDE_DIR minizip/unzip.h REQUIRED)
find_library(MINIZIP_LIBRARY minizip REQUIRED)
add_library(regard_minizip INTERFACE)
target_include_directories(regard_minizip SYSTEM INTERFACE ${MINIZIP_INCLUDE_DIR})
target_link_libraries(regard_minizip INTERFACE ${MINIZIP_LIBRARY} ZLIB::ZLIB)

# The server: HTTP, and the language of a text. Neither has a CMake package.
find_path(MICROHTTPD_INCLUDE_DIR microhttpd.h REQUIRED)
find_library(MICROHTTPD_LIBRARY microhttpd REQUIRED)
add_library(regard_microhttpd INTERFACE)
target_include_directories(regard_microhttpd SYSTEM INTERFACE ${MICROHTTPD_INCLUDE_DIR})
target_link_libraries(regard_microhttpd INTERFACE ${MICROHTTPD_LIBRARY})
find_path(CLD2_INCLUDE_DIR cld2/public/compact_lang_det.h REQUIRED)
find_library(CLD2_LIBRARY cld2 REQUIRED)
add_library(regard_cld2 INTERFACE)
target_include_directories(regard_cld2 SYSTEM INTERFACE ${CLD2_INCLUDE_DIR})
target_link_libraries(regard_cld2 INTERFACE ${CLD2_LIBRARY})

# A faster linker where one is at hand; the result is the same.
find_program(REGARD_MOLD mold)
if(REGARD_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# The same compilation twice costs nothing the second time, where ccache is at hand. What it would otherwise not accept: a
# precompiled header.
find_program(REGARD_CCACHE ccache)
if(REGARD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${REGARD_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

if(NOT REGARD_TORCH)
  return()
endif()
find_package(OpenMP REQUIRED COMPONENTS CXX)

include(RegardTorch)

if(REGARD_PCH)
  # CONFIGURE leaves an unchanged file alone, so that configuring again rebuilds nothing.
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/torch_pch.cpp CONTENT "// Carries the precompiled LibTorch header.\n")
  add_library(regard_torch_pch STATIC ${PROJECT_BINARY_DIR}/torch_pch.cpp)
  target_link_libraries(regard_torch_pch PUBLIC regard_torch)
  target_precompile_headers(regard_torch_pch PRIVATE ${PROJECT_SOURCE_DIR}/include/regard/tensor/torch.h)
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Winvalid-pch>)
endif()
