#!/usr/bin/env python3
"""Checks the limits that CONTRIBUTING.md states: lines of functions, headers and sources, and parameters of functions.

The numbers are read from CONTRIBUTING.md, so that page cannot drift from the test. What exceeds a limit must be listed
below with a reason, and an entry that is no longer needed is an error, too. Tests are not limited.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMITS = re.compile(r"Functions have at most (?P<lines>\d+) lines and (?P<parameters>\w+) parameters.*?"
                    r"headers have at most (?P<header>\d+) lines, sources at\s+most (?P<source>\d+)", re.S)
NUMBERS = {"four": 4, "five": 5, "six": 6, "seven": 7}

# What may exceed a limit, and why. A file is listed by its path, a function as PATH: NAME.
KEYS = "declares the keys of one group of the configuration, with their descriptions"
AUTOGRAD = "torch::autograd::Function asks for every input as an argument"
KERNEL = "an inner loop over plain pointers, which the compiler turns into vector instructions"
EXCEPTIONS = {
    "include/regard/attention/attention_options.h": KEYS,
    "include/regard/layers/layer_options.h": KEYS,
    "include/regard/model/model_options.h": KEYS,
    "include/regard/train/training_options.h": KEYS,
    "include/regard/config/type_of.h": "the templates between a described struct and the reader, which need each other",
    "src/layers/recomputed.cpp: forward": AUTOGRAD,
    "src/tensor/attend_heads.cpp: forward": AUTOGRAD,
    "src/train/loss.cpp: forward": AUTOGRAD,
    "src/tensor/attend_heads.cpp: score_gradient": KERNEL,
    "src/tensor/dropout.cpp: add_masked": KERNEL,
    "src/engine/row_search.h: search_rows": "a search has a scorer, its input, the roles of ids, limits, and a way to choose",
    "src/engine/row_search.cpp: search_rows": "as declared in row_search.h",
    "include/regard/engine/translation_service.h: translate_batch": "one step of translate(), with everything that step reads",
    "src/engine/translation_service.cpp: TranslationService::translate_batch": "as declared in translator.h",
    "src/serve/http_server.cpp: on_access": "what the HTTP library calls has these parameters",
}

TOKEN = re.compile(r"""
    (?P<skip>  \s+ | //[^\n]* | /\*.*?\*/ )
  | (?P<raw>   (?:u8|[uUL])?R"(?P<delimiter>[^()\s\\"]*)\(.*?\)(?P=delimiter)" )
  | (?P<text>  (?:u8|[uUL])?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*') )
  | (?P<macro> ^[ \t]*\#(?:[^\n\\]|\\\n|\\.)* )
  | (?P<word>  [A-Za-z_]\w* )
  | (?P<number> \d(?:'?[\w.])* )
  | (?P<sign>  ::|->|<<=|[-+*/%&|^!=<>]=|&&|\|\||\+\+|--|. )
""", re.S | re.X | re.M)
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}
# Words before a parenthesis that does not open a list of parameters.
MACRO = re.compile(r"[A-Z][A-Z0-9_]+")
NOT_A_NAME = {"if", "for", "while", "switch", "catch", "return", "sizeof", "decltype", "noexcept", "alignas", "requires",
              "static_assert", "__attribute__", "explicit", "defined"}


class Token:
    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line


def tokens_of(source):
    line = 1
    for found in TOKEN.finditer(source):
        if found.lastgroup not in ("skip", "macro"):
            yield Token("text" if found.lastgroup in ("raw", "delimiter") else found.lastgroup, found.group(), line)
        line += found.group().count("\n")


def after_group(tokens, at):
    """The index after the bracket that closes the one at `at`."""
    depth = 0
    for i in range(at, len(tokens)):
        depth += tokens[i].text in OPENING and tokens[i].kind == "sign"
        depth -= tokens[i].text in CLOSING and tokens[i].kind == "sign"
        if depth == 0:
            return i + 1
    return len(tokens)


def parameters_of(tokens, at):
    """How many parameters stand in the parentheses that open at `at`."""
    end = after_group(tokens, at) - 1
    if end == at + 1 or (end == at + 2 and tokens[at + 1].text == "void"):
        return 0
    count, angles, i = 1, 0, at + 1
    while i < end:
        text = tokens[i].text
        if text in OPENING and tokens[i].kind == "sign":
            i = after_group(tokens, i)
            continue
        angles += text == "<" and tokens[i - 1].kind == "word"
        angles -= text == ">" and angles > 0
        count += text == "," and angles == 0
        i += 1
    return count


def name_at(tokens, at):
    """The name that ends before the parenthesis at `at`, such as Trainer::save or operator==; empty if none does."""
    first = at
    while first > 0 and tokens[first - 1].kind == "sign" and tokens[first - 1].text not in ";{})":
        first -= 1
    if first > 0 and tokens[first - 1].text == "operator":
        return "operator" + "".join(token.text for token in tokens[first:at])
    if at == 0 or tokens[at - 1].kind != "word" or tokens[at - 1].text in NOT_A_NAME or MACRO.fullmatch(tokens[at - 1].text):
        return ""
    name, i = tokens[at - 1].text, at - 1
    while i >= 1 and tokens[i - 1].text in ("::", "~"):
        name = tokens[i - 1].text + name
        i -= 1
        if tokens[i].text == "::" and i >= 1 and tokens[i - 1].kind == "word":
            name = tokens[i - 1].text + name
            i -= 1
    return name


class Function:
    def __init__(self, name, parameters, line):
        self.name, self.parameters, self.line, self.lines = name, parameters, line, 0


def function_in(header):
    """The function that a declaration without its body declares; None if it is something else."""
    for i, token in enumerate(header):
        if token.text == "=" and token.kind == "sign" and (i == 0 or header[i - 1].text != "operator"):
            return None  # a variable
        if token.text == "(" and (name := name_at(header, i)):
            return Function(name, parameters_of(header, i), header[0].line)
    return None


def has_initialisers(header):
    """Whether a constructor's header has reached its list of initialisers."""
    depth = 0
    has_parameters = False
    for token in header:
        depth += token.text in OPENING and token.kind == "sign"
        depth -= token.text in CLOSING and token.kind == "sign"
        has_parameters |= token.text == ")" and depth == 0
        if token.text == ":" and depth == 0 and has_parameters:
            return True
    return False


def functions_of(source):
    """All functions that are declared or defined outside of functions, in order."""
    tokens = list(tokens_of(source))
    functions, header, i = [], [], 0
    while i < len(tokens):
        token = tokens[i]
        if token.text in "([" and token.kind == "sign":
            end = after_group(tokens, i)
            header += tokens[i:end]
            i = end
            continue
        if token.text == "{" and token.kind == "sign":
            words = [part.text for part in header]
            found = function_in(header)
            if found and has_initialisers(header) and header[-1].kind == "word":
                end = after_group(tokens, i)  # the braces of one initialiser
                header += tokens[i:end]
                i = end
                continue
            end = after_group(tokens, i)
            if found and not {"namespace", "enum"} & set(words):
                found.lines = tokens[end - 1].line - header[0].line + 1
                functions.append(found)
                header, i = [], end
                continue
            if "namespace" in words or "extern" in words or ({"class", "struct", "union"} & set(words) and "=" not in words):
                header, i = [], i + 1  # what is inside counts
                continue
            header += tokens[i:end]  # the initial value of a variable, or an enumeration
            i = end
            continue
        if token.kind == "sign" and token.text in ";}":
            found = function_in(header)
            if found and token.text == ";":
                functions.append(found)
            header = []
        elif not (token.text == ":" and [part.text for part in header] in (["public"], ["private"], ["protected"])):
            header.append(token)
        else:
            header = []
        i += 1
    return functions


def excesses(path, source, limits):
    """(what, message) of everything in a file that exceeds a limit."""
    lines = len(source.splitlines())
    limit = limits["header" if path.startswith("include/") else "source"]
    if lines > limit:
        yield path, f"{lines} lines, at most {limit}"
    if not path.endswith((".h", ".cpp")):
        return
    for function in functions_of(source):
        if function.lines > limits["lines"]:
            yield f"{path}: {function.name}", f"line {function.line}: {function.lines} lines, at most {limits['lines']}"
        if function.parameters > limits["parameters"]:
            yield (f"{path}: {function.name}",
                   f"line {function.line}: {function.parameters} parameters, at most {limits['parameters']}")


def read_limits():
    found = LIMITS.search((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    if not found:
        sys.exit("CONTRIBUTING.md does not state the limits in the words that this test reads")
    return {name: NUMBERS.get(word) or int(word) for name, word in found.groupdict().items()}


EXAMPLE = '''
#define MACRO(a, b, c, d, e, f) \\
  a b c
namespace a::b {
struct Point : Base<int, int> {
  explicit Point(int x, int y = f(1, 2)) : Base{x, y}, y_(y), z_{{1, 2}} { // "{" and ")" of a comment
    use(x);
  }
  ~Point() = default;
  virtual void many(int a, int b, std::map<int, int> c, int d, int e, int f) const = 0;
  bool operator==(const Point&) const = default;
  int x_ = 0;
  std::array<int, 3> values_{1, 2, 3};
};
enum class Kind { one, two };
const auto kLambda = [](int a, int b, int c, int d, int e, int f) { return a; };
constexpr char kText[] = R"(void g(int a) { )";

template <typename T, typename U>
  requires(sizeof(T) > 1)
std::vector<T> Outer::long_one(const std::function<void(int, int)>& call, std::pair<T, U> both, char c = '{') noexcept {
  if (c == '}') {
    call(1'000, 2);
  }
  const auto inner = [&](int a, int b, int c, int d, int e, int f, int g) { return a; };

  return {};
}
bool operator<(const Point& a, const Point& b) { return a.x < b.x; }
}  // namespace a::b
'''


def self_test():
    """Problems of the test itself: what it finds in a made-up file, and that it can fail."""
    found = [(function.name, function.parameters, function.lines) for function in functions_of(EXAMPLE)]
    expected = [("Point", 2, 3), ("~Point", 0, 0), ("many", 6, 0), ("operator==", 1, 0), ("Outer::long_one", 3, 10),
                ("operator<", 2, 1)]
    problems = [] if found == expected else [f"self-test: found {found}, expected {expected}"]
    count = len(EXAMPLE.splitlines())
    limits = {"lines": 9, "parameters": 5, "header": count, "source": count - 1}
    for path, names in (("src/a/b.cpp", ["src/a/b.cpp", "src/a/b.cpp: many", "src/a/b.cpp: Outer::long_one"]),
                         ("include/regard/a/b.h", ["include/regard/a/b.h: many", "include/regard/a/b.h: Outer::long_one"]),
                         ("src/a/b.js", ["src/a/b.js"])):
        what = [name for name, _ in excesses(path, EXAMPLE, limits)]
        if what != names:
            problems.append(f"self-test: {path} has {what}, expected {names}")
    if judge({"a": "too long"}, {}) != ["a: too long"] or judge({}, {"a": "a reason"}) == [] or \
            judge({"a": "too long"}, {"a": "a reason"}) != []:
        problems.append("self-test: exceptions are not judged")
    return problems


def judge(found, exceptions):
    problems = [f"{what}: {message}" for what, message in found.items() if what not in exceptions]
    return problems + [f"{what}: remove its exception, which is no longer needed" for what in exceptions if what not in found]


def main():
    limits = read_limits()
    files = [path for folder in ("include", "src") for path in sorted((ROOT / folder).rglob("*"))
             if path.suffix in (".h", ".cpp", ".js", ".css")]
    found, functions = {}, 0
    for path in files:
        source = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT).as_posix()
        functions += len(functions_of(source)) if path.suffix in (".h", ".cpp") else 0
        for what, message in excesses(name, source, limits):
            found[what] = f"{found[what]}; {message}" if what in found else message
    problems = self_test() + judge(found, EXCEPTIONS)
    if len(files) < 200 or functions < 1000:
        problems.append(f"only {len(files)} files and {functions} functions were found")
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {functions} functions, {len(EXCEPTIONS)} exceptions, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
