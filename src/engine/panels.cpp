#include "panels.h"

#include <algorithm>
#include <cstring>

#include "regard/engine/parallel.h"

namespace regard {
namespace {

constexpr std::int64_t kLine = 16;              // floats of a line of the cache
constexpr std::int64_t kStrip = 4 * kLine;      // rows of the matrix that are copied side by side
constexpr std::int64_t kWorthAShare = 1 << 16;  // floats

struct Layout {
  const float* from;
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t stride;  // of the rows, or of the columns where the rows are side by side
  std::int64_t width;
  float* to;
};

/// Rows [first, last), which are whole panels or end the matrix; an element of the next row is the
/// next in memory. Neighbouring panels are filled together, so that lines are read once. `known` is
/// the width, or 0: a copy of known size is an instruction or two.
template <std::int64_t known>
void copy_rows(const Layout& l, std::int64_t first, std::int64_t last) {
  const std::int64_t width = known > 0 ? known : l.width;
  const std::int64_t strip = std::max(kStrip, width);
  for (; first < last; first += strip) {
    const std::int64_t end = std::min(last, first + strip);
    const std::int64_t whole = end - (end - first) % width;
    for (std::int64_t column = 0; column < l.columns; ++column) {
      const float* from = l.from + column * l.stride;
      float* to = l.to + column * width;
      for (std::int64_t row = first; row < whole; row += width)
        std::memcpy(to + row * l.columns, from + row, sizeof(float) * width);
      if (whole < end)
        std::memcpy(to + whole * l.columns, from + whole, sizeof(float) * (end - whole));
    }
  }
}

/// The same where an element of the next column is the next in memory: blocks of few rows, because
/// rows of a power of two of floats map to the same cache sets.
void transpose_rows(const Layout& l, std::int64_t first, std::int64_t last) {
  constexpr std::int64_t kFew = 8;
  for (std::int64_t panel = first; panel < last; panel += l.width) {
    float* to = l.to + panel * l.columns;
    const std::int64_t width = std::min(l.width, last - panel);
    for (std::int64_t left = 0; left < l.columns; left += kLine) {
      const std::int64_t right = std::min(l.columns, left + kLine);
      for (std::int64_t top = 0; top < width; top += kFew) {
        const std::int64_t bottom = std::min(width, top + kFew);
        for (std::int64_t column = left; column < right; ++column)
          for (std::int64_t row = top; row < bottom; ++row)
            to[column * l.width + row] = l.from[(panel + row) * l.stride + column];
      }
    }
  }
}

using Fill = void (*)(const Layout&, std::int64_t, std::int64_t);

Fill copy_for(std::int64_t width) {
  switch (width) {
    case 8:
      return copy_rows<8>;
    case 16:
      return copy_rows<16>;
    case 32:
      return copy_rows<32>;
    default:
      return copy_rows<0>;
  }
}

/// A matrix in which neither rows nor columns are neighbours, row by row.
FloatBuffer copy_of(const MatrixView& matrix) {
  FloatBuffer copy(matrix.rows * matrix.columns);
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    for (std::int64_t column = 0; column < matrix.columns; ++column) {
      copy.data()[row * matrix.columns + column] =
          matrix.data[row * matrix.row_stride + column * matrix.column_stride];
    }
  }
  return copy;
}

}  // namespace

FloatBuffer panels_of(const MatrixView& matrix, std::int64_t width) {
  const bool is_side_by_side = matrix.row_stride == 1 && matrix.column_stride != 1;
  if (!is_side_by_side && matrix.column_stride != 1) {
    const FloatBuffer copy = copy_of(matrix);
    return panels_of(MatrixView::of(copy.data(), matrix.rows, matrix.columns), width);
  }
  const std::int64_t rows = matrix.rows;
  const std::int64_t columns = matrix.columns;
  const std::int64_t panels = (rows + width - 1) / width;
  FloatBuffer result(panels * columns * width);
  if (rows % width != 0)
    std::fill_n(result.data() + (panels - 1) * columns * width, columns * width, 0.0F);
  const Layout layout = {matrix.data, rows,
                         columns,     is_side_by_side ? matrix.column_stride : matrix.row_stride,
                         width,       result.data()};
  const auto fill = is_side_by_side ? copy_for(width) : transpose_rows;
  const std::int64_t strip = std::max<std::int64_t>(1, kStrip / width);
  const std::int64_t share =
      std::max(strip, kWorthAShare / std::max<std::int64_t>(1, width * columns));
  parallel_shares(panels, (share + strip - 1) / strip * strip,
                  [&](std::int64_t begin, std::int64_t end) {
                    fill(layout, begin * width, std::min(rows, end * width));
                  });
  return result;
}

}  // namespace regard
