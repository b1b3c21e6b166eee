#include "regard/report/comparison_table.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "report/comparison_cells.h"

namespace regard {
namespace {

using Number = std::optional<double> ComparedRun::*;

constexpr const char* kMissing = "–";
constexpr std::size_t kMaxName = 80;
constexpr std::size_t kMaxError = 300;
constexpr double kMebibyte = 1048576.0;

/// The values of the runs that are done.
std::vector<double> values_of(const ComparedConfig& config, Number number) {
  std::vector<double> values;
  for (const ComparedRun& run : config.runs) {
    const std::optional<double>& value = run.*number;
    if (run.status == RunStatus::done && value && std::isfinite(*value)) values.push_back(*value);
  }
  return values;
}

bool has_number(const Comparison& comparison, Number number) {
  return std::any_of(
      comparison.configs.begin(), comparison.configs.end(),
      [&](const ComparedConfig& config) { return !values_of(config, number).empty(); });
}

std::int64_t count_of(const ComparedConfig& config, RunStatus status) {
  return std::count_if(config.runs.begin(), config.runs.end(),
                       [&](const ComparedRun& run) { return run.status == status; });
}

std::string whole(double value) {
  return with_thousands(std::llround(value));
}

std::string mean_cell(const ComparedConfig& config, Number number, int decimals) {
  const Summary summary = summarise(config, number);
  if (summary.count == 0) return kMissing;
  return decimals == 0 ? whole(summary.mean) : format_fixed(summary.mean, decimals);
}

std::string peak_cell(const ComparedConfig& config) {
  const std::vector<double> values = values_of(config, &ComparedRun::peak_bytes);
  if (values.empty()) return kMissing;
  return whole(*std::max_element(values.begin(), values.end()) / kMebibyte);
}

/// The quality of each seed, in the order of the seeds.
std::string seeds_cell(const ComparedConfig& config) {
  std::vector<std::string> texts;
  for (const ComparedRun& run : config.runs) {
    const bool is_known = run.status == RunStatus::done && run.quality;
    texts.push_back(is_known ? format_fixed(*run.quality, 2) : kMissing);
  }
  return join(texts, " ");
}

std::string seeds_text(const Comparison& comparison) {
  std::set<std::int64_t> seeds;
  for (const ComparedConfig& config : comparison.configs) {
    for (const ComparedRun& run : config.runs)
      seeds.insert(run.seed);
  }
  std::vector<std::string> texts;
  for (const std::int64_t seed : seeds)
    texts.push_back(std::to_string(seed));
  return str(texts.size() == 1 ? "seed " : "seeds ", join(texts, ", "));
}

std::string shown(const std::string& text, std::size_t max_bytes = kMaxError) {
  return escape_for_message(text, max_bytes);
}

std::vector<std::string> notes_of(const Comparison& comparison, bool has_spread) {
  std::vector<std::string> notes = {
      str("Budget: ", budget_text(comparison), " for each run; ", seeds_text(comparison),
          has_spread ? " (mean ± standard deviation)" : "", "."),
      str(shown(comparison.metric), ": ", shown(comparison.source), " against ",
          shown(comparison.reference), ", ", with_thousands(comparison.num_sentences), " sentences",
          comparison.signature.empty()
              ? ""
              : str("; ", shown(comparison.metric), "|", shown(comparison.signature)),
          ".")};
  if (has_number(comparison, &ComparedRun::alignment_error)) {
    notes.push_back(str("AER: alignment error rate of the mean cross-attention against ",
                        shown(comparison.gold), "; lower is better."));
  }
  if (const std::string verdict = verdict_note(comparison); !verdict.empty())
    notes.push_back(verdict);
  notes.emplace_back(
      "Tokens/s: target tokens per second of training. Minutes: training including validation. "
      "Peak: main "
      "memory of the training process.");
  for (const ComparedConfig& config : comparison.configs) {
    for (const ComparedRun& run : config.runs) {
      if (run.status != RunStatus::failed) continue;
      notes.push_back(
          str("Failed: ", shown_name(config), ", seed ", run.seed, ": ", shown(run.error)));
    }
  }
  return notes;
}

/// Characters; the table has no others than such of one column, except in a name of the user's.
std::size_t width_of(const std::string& text) {
  return to_utf32(text).size();
}

std::string padded(const std::string& text, std::size_t width, bool is_left) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  return is_left ? text + space : space + text;
}

/// A cell may not end its column or start a construct of Markdown's.
std::string markdown_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("|\\`*_[]<>#").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  return "| " + join(cells, " | ") + " |\n";
}

}  // namespace

Summary summarise(const ComparedConfig& config, Number number) {
  const std::vector<double> values = values_of(config, number);
  Summary summary;
  summary.count = static_cast<std::int64_t>(values.size());
  if (values.empty()) return summary;
  const auto count = static_cast<double>(values.size());
  for (const double value : values)
    summary.mean += value / count;
  if (values.size() < 2) return summary;
  double squares = 0;
  for (const double value : values)
    squares += (value - summary.mean) * (value - summary.mean);
  summary.spread = std::sqrt(squares / (count - 1));
  return summary;
}

std::string shown_name(const ComparedConfig& config) {
  return shown(config.name, kMaxName);
}

std::string budget_text(const Comparison& comparison) {
  const bool is_one = comparison.budget == 1.0;
  if (comparison.budget_kind == "minutes")
    return format_shortest(comparison.budget) + (is_one ? " minute" : " minutes");
  const std::string unit = comparison.budget_kind == "tokens" ? "target token" : "update";
  return str(whole(comparison.budget), " ", unit, is_one ? "" : "s");
}

std::string quality_cell(const ComparedConfig& config) {
  const Summary summary = summarise(config, &ComparedRun::quality);
  const std::int64_t num_failed = count_of(config, RunStatus::failed);
  const std::int64_t num_pending = count_of(config, RunStatus::pending);
  if (summary.count == 0) return num_failed > 0 ? "failed" : kMissing;
  std::string text = format_fixed(summary.mean, 2);
  if (summary.spread) text += " ± " + format_fixed(*summary.spread, 2);
  if (num_failed > 0) text += str(" (", num_failed, " of ", config.runs.size(), " failed)");
  if (num_pending > 0) text += str(" (", num_pending, " of ", config.runs.size(), " to come)");
  return text;
}

ComparisonCells comparison_cells(const Comparison& comparison) {
  struct Column {
    const char* title;
    Number number;
    int decimals;
  };
  std::vector<Column> columns;
  for (const Column& column : {Column{"perplexity", &ComparedRun::perplexity, 2},
                               Column{"parameters", &ComparedRun::parameters, 0},
                               Column{"tokens/s", &ComparedRun::tokens_per_second, 0},
                               Column{"minutes", &ComparedRun::minutes, 1},
                               Column{"peak MiB", &ComparedRun::peak_bytes, 0},
                               Column{"AER", &ComparedRun::alignment_error, 4}}) {
    if (has_number(comparison, column.number)) columns.push_back(column);
  }
  const bool has_seeds =
      std::any_of(comparison.configs.begin(), comparison.configs.end(),
                  [](const ComparedConfig& config) { return config.runs.size() > 1; });
  ComparisonCells cells;
  cells.titles = {"config", shown(comparison.metric)};
  if (has_seeds) cells.titles.emplace_back("each seed");
  for (const Column& column : columns)
    cells.titles.emplace_back(column.title);
  bool has_spread = false;
  for (const ComparedConfig& config : comparison.configs) {
    std::vector<std::string> row = {shown_name(config), quality_cell(config)};
    if (has_seeds) row.push_back(seeds_cell(config));
    for (const Column& column : columns) {
      const bool is_peak = column.number == &ComparedRun::peak_bytes;
      row.push_back(is_peak ? peak_cell(config)
                            : mean_cell(config, column.number, column.decimals));
    }
    cells.rows.push_back(std::move(row));
    has_spread = has_spread || summarise(config, &ComparedRun::quality).spread.has_value();
  }
  cells.notes = notes_of(comparison, has_spread);
  return cells;
}

std::string comparison_text(const Comparison& comparison) {
  const ComparisonCells cells = comparison_cells(ranked(comparison));
  std::vector<std::vector<std::string>> lines = {cells.titles};
  lines.insert(lines.end(), cells.rows.begin(), cells.rows.end());
  std::vector<std::size_t> widths(cells.titles.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], width_of(line[i]));
  }
  std::string text;
  for (const auto& line : lines) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < line.size(); ++i)
      parts.push_back(padded(line[i], widths[i], i == 0));
    text += join(parts, "  ") + "\n";
  }
  return text + "\n" + join(cells.notes, "\n") + "\n";
}

std::string comparison_markdown(const Comparison& comparison) {
  const Comparison rows = ranked(comparison);
  const ComparisonCells cells = comparison_cells(rows);
  const std::optional<std::size_t> best = clear_winner(rows);
  std::string text = markdown_row(cells.titles);
  text += "|---|" + join(std::vector<std::string>(cells.titles.size() - 1, "---:"), "|") + "|\n";
  for (std::size_t i = 0; i < cells.rows.size(); ++i) {
    std::vector<std::string> row;
    for (const std::string& cell : cells.rows[i])
      row.push_back(markdown_escaped(cell));
    if (best == i) row[1] = "**" + row[1] + "**";
    text += markdown_row(row);
  }
  for (const std::string& note : cells.notes)
    text += "\n" + markdown_escaped(note) + "\n";
  return text;
}

}  // namespace regard
