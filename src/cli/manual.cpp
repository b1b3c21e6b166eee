#include "regard/cli/manual.h"

#include <algorithm>

#include "regard/cli/help.h"
#include "regard/core/strings.h"

#include "cli/offer.h"

namespace regard::cli {
namespace {

/// Text that roff shows as it is.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  const bool is_request = out.starts_with('.') || out.starts_with('\'');
  return is_request ? "\\&" + out : out;
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string page_name(const CommandPlace& place) {
  std::string name = place.path;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string roff_entry(const std::string& head, const std::string& text) {
  return str(".TP\n", head, "\n", roff(text), "\n");
}

std::string bold(const std::string& text) {
  return str("\\fB", roff(text), "\\fR");
}

/// Names in bold, what stands for values in italics.
std::string head_in_roff(const Option& option) {
  const std::string value = str("\\fI", roff(option.word), "\\fR", option.is_list ? " ..." : "");
  if (option.is_argument) return value;
  return option.is_flag() ? bold(option.name) : str(bold(option.name), " ", value);
}

std::string examples_in_roff(const Command& command) {
  if (command.examples.empty()) return "";
  std::string text = ".SH EXAMPLES\n";
  for (const Example& example : command.examples) {
    text += str(".PP\n.nf\n", bold(example.line), "\n.fi\n");
    if (!example.note.empty()) text += str(".RS 4\n", roff(example.note), "\n.RE\n");
  }
  return text;
}

std::string commands_in_roff(const CommandPlace& place) {
  std::string text;
  for (const CommandGroup& group : command_groups_of(*place.command)) {
    text += str(".SH ", upper(roff(group.heading)), "\n");
    for (const Command* below : group.commands) {
      const CommandPlace page{below, place.path + " " + below->name};
      text += roff_entry(str("\\fB", roff(page_name(page)), "\\fR(1)"), below->text);
    }
  }
  return text;
}

constexpr const char* kExitStatus = R"roff(.SH EXIT STATUS
.TP
0
Done.
.TP
1
The run or its environment failed: the disk, the memory, the device.
.TP
2
Something must be changed: the command line, a configuration, a text, a model.
.TP
128 + N
Ended by signal N, after what was under way was saved.
)roff";

ManualPage page_of(const CommandPlace& place, const std::string& version) {
  const Command& command = *place.command;
  const std::string name = page_name(place);
  std::string text = str(".TH \"", upper(roff(name)), "\" \"1\" \"\" \"", roff(version),
                         "\" \"User Commands\"\n.SH NAME\n", roff(name), " \\- ",
                         roff(first_sentence(command.text)), "\n.SH SYNOPSIS\n", bold(place.path),
                         roff(usage_of(place).substr(place.path.size())), "\n.SH DESCRIPTION\n",
                         roff(command.text), "\n");
  text += commands_in_roff(place);
  for (const OptionGroup& group : groups_of(place)) {
    text += str(".SH ", upper(roff(group.heading)), "\n");
    for (const Option* option : group.options)
      text += roff_entry(head_in_roff(*option), sentence_of(*option));
  }
  text += examples_in_roff(command) + kExitStatus;
  const std::string page = command.page.empty() ? "docs/README.md" : command.page;
  return {name + ".1",
          str(text, ".SH SEE ALSO\n", place.path == command.name ? "" : "\\fBregard\\fR(1), ",
              roff(page), "\n")};
}

}  // namespace

std::vector<ManualPage> manual_pages(const Command& program, const std::string& version) {
  std::vector<ManualPage> pages;
  for (const Shelf& shelf : shelves_of(program)) {
    const std::string path = shelf.path.empty() ? program.name : str(program.name, " ", shelf.path);
    pages.push_back(page_of({shelf.command, path}, version));
  }
  return pages;
}

}  // namespace regard::cli
