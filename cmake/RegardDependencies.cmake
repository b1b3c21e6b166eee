# What Regard stands on. scripts/install_dependencies.sh brings all of it on Debian and Ubuntu.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(BZip2 REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)

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

# minizip has no CMake package on Debian.
find_path(MINIZIP_INCLUDE_DIR minizip/unzip.h REQUIRED)
find_library(MINIZIP_LIBRARY minizip REQUIRED)
add_library(regard_minizip INTERFACE)
target_include_directories(regard_minizip SYSTEM INTERFACE ${MINIZIP_INCLUDE_DIR})
target_link_libraries(regard_minizip INTERFACE ${MINIZIP_LIBRARY} ZLIB::ZLIB)

# A faster linker where one is at hand; the result is the same.
find_program(REGARD_MOLD mold)
if(REGARD_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(NOT REGARD_TORCH)
  return()
endif()
find_package(CLI11 REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)

# LibTorch: a given path first (Torch_DIR, CMAKE_PREFIX_PATH or LIBTORCH), then what scripts/build.sh found.
if(DEFINED ENV{LIBTORCH} AND NOT Torch_DIR)
  list(APPEND CMAKE_PREFIX_PATH $ENV{LIBTORCH})
endif()
list(APPEND CMAKE_PREFIX_PATH ${PROJECT_SOURCE_DIR}/.deps/torch)
find_package(Torch QUIET)
if(NOT Torch_FOUND)
  message(FATAL_ERROR "LibTorch was not found. Fix: run scripts/install_dependencies.sh, or give its folder with "
                      "-DCMAKE_PREFIX_PATH=/path/to/libtorch")
endif()
if(Torch_VERSION VERSION_LESS 2.11 OR Torch_VERSION VERSION_GREATER_EQUAL 2.14)
  message(FATAL_ERROR "LibTorch ${Torch_VERSION} at ${Torch_DIR}: Regard needs 2.11 to 2.13. "
                      "Fix: run scripts/install_dependencies.sh")
endif()
message(STATUS "LibTorch ${Torch_VERSION} (${Torch_DIR})")

# The OpenMP library that LibTorch itself uses: two of them in one program would have threads of their own.
get_target_property(torch_library torch LOCATION)
get_filename_component(torch_lib_folder "${torch_library}" DIRECTORY)
file(GLOB REGARD_OPENMP ${torch_lib_folder}/libgomp*.so* ${torch_lib_folder}/libiomp5.so)
if(NOT REGARD_OPENMP)
  set(REGARD_OPENMP OpenMP::OpenMP_CXX)
endif()

add_library(regard_torch INTERFACE)
# SYSTEM: warnings inside LibTorch's headers are not ours.
target_include_directories(regard_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(regard_torch INTERFACE ${TORCH_LIBRARIES} ${REGARD_OPENMP})
separate_arguments(REGARD_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(regard_torch INTERFACE ${REGARD_TORCH_FLAGS})

if(REGARD_PCH)
  # CONFIGURE leaves an unchanged file alone, so that configuring again rebuilds nothing.
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/torch_pch.cpp CONTENT "// Carries the precompiled LibTorch header.\n")
  add_library(regard_torch_pch STATIC ${PROJECT_BINARY_DIR}/torch_pch.cpp)
  target_link_libraries(regard_torch_pch PUBLIC regard_torch)
  target_precompile_headers(regard_torch_pch PRIVATE ${PROJECT_SOURCE_DIR}/include/regard/tensor/torch.h)
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Winvalid-pch>)
endif()
