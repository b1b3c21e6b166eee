#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <regard/api/translator.h>

// Translates standard input line by line, or says what is wrong: translate_example MODEL < text
int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: translate_example MODEL\n";
    return 2;
  }
  try {
    const regard::Translator translator(argv[1]);
    std::vector<std::string> lines;
    for (std::string line; std::getline(std::cin, line);)
      lines.push_back(line);
    for (const std::string& text : translator.translate(lines))
      std::cout << text << '\n';
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
