#pragma once

/// Put before a function with a simple loop: compiled for several instruction sets, the best is
/// chosen at run time. The program stays portable, and nothing is decided by the machine it was
/// built on.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define REGARD_VECTOR_CLONES \
  __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define REGARD_VECTOR_CLONES
#endif
