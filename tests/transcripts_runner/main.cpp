/// @file
/// starling-transcripts [--wrong] FILE…: plays transcripts; prints file, line, expected and got where one is not so.
///
/// With --wrong every file must fail, in the way its first line says: `# wrong: LINE what the message contains`. That is how the runner
/// itself is tested.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "tests/transcripts_runner/runner.hpp"

namespace {

using starling::transcripts::Line;

struct Fault {
  std::size_t line;
  std::string text;
};

std::optional<Fault> play(std::string_view file) {
  starling::transcripts::Runner runner;
  std::size_t line_now = 0;
  try {
    for (const Line& line : starling::transcripts::lines_of(file)) {
      line_now = line.number;
      runner.play(line.text);
    }
    runner.finish();
  } catch (const starling::transcripts::Mismatch& mismatch) {
    return Fault{line_now, mismatch.what()};
  }
  if (line_now == 0) return Fault{0, "an empty transcript"};
  return std::nullopt;
}

/// Why the fault is not the one that the file's first line asks for; empty if it is.
std::string unlike_wanted(std::string_view file, const std::optional<Fault>& fault) {
  if (!fault) return "it passes";
  constexpr std::string_view kMark = "# wrong: ";
  const std::string_view first = file.substr(0, file.find('\n'));
  if (!first.starts_with(kMark)) return "its first line does not say how it is wrong";
  std::string_view rest = first.substr(kMark.size());
  const std::string_view line = starling::transcripts::take_word(rest);
  if (line != std::to_string(fault->line) || fault->text.find(rest) == std::string::npos) {
    return fmt::format("it fails in line {}: {}", fault->line, fault->text);
  }
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  bool must_fail = false;
  std::size_t passed = 0, failed = 0;
  for (int i = 1; i < count; ++i) {
    const std::string path = arguments[i];
    if (path == "--wrong") {
      must_fail = true;
      continue;
    }
    std::ifstream stream{path};
    const std::string file{std::istreambuf_iterator<char>{stream}, {}};
    const std::optional<Fault> fault = play(file);
    std::string complaint;
    if (must_fail) {
      complaint = unlike_wanted(file, fault);
    } else if (fault) {
      complaint = fault->text;
    }
    ++(complaint.empty() ? passed : failed);
    if (!complaint.empty()) std::cout << fmt::format("{}:{}: {}\n", path, fault ? fault->line : 0, complaint);
  }
  std::cout << fmt::format("{} passed, {} failed\n", passed, failed);
  if (passed + failed == 0) std::cerr << "starling-transcripts [--wrong] FILE…\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}
