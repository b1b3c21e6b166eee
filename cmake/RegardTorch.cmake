# regard_torch: LibTorch as one target, made from its headers and libraries alone. LibTorch's own package
# (find_package(Torch)) asks for the CUDA toolkit as soon as a torch was built for CUDA, although nothing of it is needed to
# compile or link Regard; this way a CPU build, the wheel of PyPI and a full CUDA installation give the same objects and
# differ only in what is linked.
#
# Where it is looked for: -DREGARD_TORCH_DIR=..., $LIBTORCH, CMAKE_PREFIX_PATH, .deps/torch. Sets REGARD_TORCH_VERSION,
# REGARD_TORCH_DIR and REGARD_TORCH_HAS_CUDA.

option(REGARD_CUDA "Link LibTorch's CUDA libraries where all they need is there" ON)

set(REGARD_TORCH_DIR "" CACHE PATH "The LibTorch to use: the folder that holds include/ and lib/")
if(REGARD_TORCH_DIR)
  set(REGARD_TORCH_INCLUDE ${REGARD_TORCH_DIR}/include)
else()
  # NO_CACHE: another LIBTORCH or CMAKE_PREFIX_PATH is seen when the project is configured again.
  find_path(REGARD_TORCH_INCLUDE torch/csrc/api/include/torch/torch.h
            HINTS $ENV{LIBTORCH}/include ${Torch_DIR}/../../../include
            PATHS ${PROJECT_SOURCE_DIR}/.deps/torch/include
            NO_CMAKE_SYSTEM_PATH NO_SYSTEM_ENVIRONMENT_PATH NO_CACHE)
endif()
if(NOT EXISTS ${REGARD_TORCH_INCLUDE}/torch/csrc/api/include/torch/torch.h)
  message(FATAL_ERROR "LibTorch was not found. Fix: run scripts/install_dependencies.sh, or give its folder with "
                      "-DREGARD_TORCH_DIR=/path/to/libtorch")
endif()
get_filename_component(REGARD_TORCH_DIR ${REGARD_TORCH_INCLUDE} DIRECTORY)
set(torch_lib ${REGARD_TORCH_DIR}/lib)

# The version stands in a header; which one depends on the version.
set(REGARD_TORCH_VERSION "")
foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(NOT REGARD_TORCH_VERSION AND EXISTS ${REGARD_TORCH_INCLUDE}/${header})
    file(READ ${REGARD_TORCH_INCLUDE}/${header} text)
    if(text MATCHES "define TORCH_VERSION_MAJOR ([0-9]+).*define TORCH_VERSION_MINOR ([0-9]+).*define TORCH_VERSION_PATCH ([0-9]+)")
      set(REGARD_TORCH_VERSION ${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3})
    endif()
  endif()
endforeach()
if(NOT REGARD_TORCH_VERSION OR REGARD_TORCH_VERSION VERSION_LESS 2.11 OR REGARD_TORCH_VERSION VERSION_GREATER_EQUAL 2.14)
  message(FATAL_ERROR "LibTorch '${REGARD_TORCH_VERSION}' at ${REGARD_TORCH_DIR}: Regard needs 2.11 to 2.13. "
                      "Fix: run scripts/install_dependencies.sh")
endif()

# What a library finds nowhere, as `ldd` says; libcuda.so.1 belongs to the driver, which a machine that only builds has not.
function(regard_missing_libraries library result)
  execute_process(COMMAND ldd ${library} OUTPUT_VARIABLE text ERROR_QUIET)
  string(REGEX MATCHALL "[^ \t\n]+ => not found" lines "${text}")
  list(TRANSFORM lines REPLACE " => not found" "")
  list(REMOVE_ITEM lines libcuda.so.1)
  set(${result} "${lines}" PARENT_SCOPE)
endfunction()

set(REGARD_TORCH_HAS_CUDA OFF)
if(REGARD_CUDA AND EXISTS ${torch_lib}/libtorch_cuda.so)
  regard_missing_libraries(${torch_lib}/libtorch_cuda.so missing)
  if(NOT missing)
    set(REGARD_TORCH_HAS_CUDA ON)
  endif()
endif()

add_library(regard_torch INTERFACE)
# SYSTEM: warnings inside LibTorch's headers are not ours.
target_include_directories(regard_torch SYSTEM INTERFACE ${REGARD_TORCH_INCLUDE}
                           ${REGARD_TORCH_INCLUDE}/torch/csrc/api/include)
target_compile_definitions(regard_torch INTERFACE USE_C10D_GLOO USE_DISTRIBUTED USE_RPC USE_TENSORPIPE)
# libtorch.so itself is left out: it only pulls in the others, of a CUDA build also those that are not there.
if(REGARD_TORCH_HAS_CUDA)
  # Nothing of ours names a symbol of these two: the linker must be told to keep them.
  target_link_libraries(regard_torch INTERFACE -Wl,--no-as-needed,${torch_lib}/libtorch_cuda.so,${torch_lib}/libc10_cuda.so
                        -Wl,--as-needed)
endif()
target_link_libraries(regard_torch INTERFACE ${torch_lib}/libtorch_cpu.so ${torch_lib}/libc10.so)
# What those need in turn (MKL, CUDA's runtime) is found at run time by paths of their own.
target_link_options(regard_torch INTERFACE -Wl,--allow-shlib-undefined)

# Both SentencePiece and LibTorch's libc10 have a variable FLAGS_minloglevel, of different sizes. The first library of a program
# gives it to both: it must be SentencePiece, whose larger one would else be written over what lies behind the other (a switch
# that makes LibTorch abort when memory is short). Options stand before all libraries.
target_link_options(regard_torch INTERFACE -Wl,--no-as-needed ${SENTENCEPIECE_LIBRARY} -Wl,--as-needed)

# The OpenMP library that LibTorch itself uses: two of them in one program would have threads of their own.
file(GLOB openmp ${torch_lib}/libgomp*.so* ${torch_lib}/libiomp5.so)
if(NOT openmp)
  set(openmp OpenMP::OpenMP_CXX)
endif()
add_library(regard_openmp INTERFACE)
target_link_libraries(regard_openmp INTERFACE ${openmp})
target_link_libraries(regard_torch INTERFACE regard_openmp)

# Only tests/cuda includes a header of CUDA; the wheels of CUDA's runtime bring it.
find_path(REGARD_CUDA_INCLUDE cuda_runtime.h
          HINTS ${REGARD_TORCH_DIR}/../nvidia/cu13/include ${REGARD_TORCH_DIR}/../nvidia/cuda_runtime/include
          PATHS /usr/local/cuda/include NO_CACHE)

if(REGARD_TORCH_HAS_CUDA)
  set(with " with CUDA")
else()
  set(with "")
endif()
message(STATUS "LibTorch ${REGARD_TORCH_VERSION}${with} (${REGARD_TORCH_DIR})")
