#include "starling/load/process.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace starling::load {
namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Of a line "name:   1234 kB".
std::size_t kibibytes(const std::string& text, std::string_view name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos ? 0 : std::stoul(text.substr(at + name.size())) << 10;
}

}  // namespace

std::optional<std::uint64_t> cpu_ticks(std::string_view stat) noexcept {
  // The program's name stands in parentheses and may hold others, and spaces. Behind it: state, and ten more before utime and stime.
  const std::size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(end_of_name + 1);
  std::uint64_t ticks = 0;
  for (int field = 0; field < 13; ++field) {
    const std::size_t begin = stat.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(begin);
    const std::string_view text = stat.substr(0, stat.find(' '));
    stat.remove_prefix(text.size());
    if (field < 11) continue;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    ticks += number;
  }
  return ticks;
}

std::optional<Measured> measured(const std::string& of) {
  const std::filesystem::path process = std::filesystem::path{"/proc"} / of;
  const auto ticks = cpu_ticks(content(process / "stat"));
  if (!ticks) return std::nullopt;
  Measured measured;
  measured.cpu_seconds = static_cast<double>(*ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  const std::string status = content(process / "status");
  measured.resident_bytes = kibibytes(status, "VmRSS:");
  measured.anonymous_bytes = kibibytes(status, "RssAnon:");
  std::error_code ignored;
  measured.descriptors = static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{process / "fd", ignored}, {}));
  std::istringstream schedule(content(process / "schedstat"));
  double ran_ns = 0, waited_ns = 0;
  schedule >> ran_ns >> waited_ns;
  measured.waited_seconds = waited_ns / 1e9;
  return measured;
}

}  // namespace starling::load
