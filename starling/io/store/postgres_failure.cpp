#include "starling/io/store/postgres_failure.hpp"

#include <fmt/format.h>

namespace starling::store {

namespace {

std::string_view cure_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::busy: return "another session holds its tables or it has no room for more; let it finish";
    case Fault::full: return "its disk or memory is full; free some space there";
    case Fault::read_only: return "it may not be written; give the user CREATE on the database, and name a primary server";
    case Fault::corrupt: return "it is damaged; restore a dump";
    case Fault::unreachable: return "look whether the server runs and the URL is right";
    case Fault::newer:
    case Fault::other: return "see PostgreSQL's log";
  }
  return "";
}

/// One line: what libpq says ends with a line feed, and may have several.
std::string on_one_line(std::string_view said) {
  std::string line;
  for (const char byte : said) {
    const bool is_space = byte == '\n' || byte == '\t' || byte == ' ' || byte == '\r';
    if (!is_space) line += byte;
    else if (!line.empty() && line.back() != ' ') line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

Fault fault_of_sqlstate(std::string_view state) noexcept {
  const std::string_view group = state.substr(0, 2);
  if (state.empty() || group == "08") return Fault::unreachable;
  if (state == "57P01" || state == "57P02" || state == "57P03" || state == "57P05") return Fault::unreachable;  // it goes down, or comes up
  if (state == "53100" || state == "53200") return Fault::full;                                                 // disk, memory
  if (group == "53") return Fault::busy;                                                                        // connections and other resources
  if (state == "55P03" || state == "57014" || group == "40") return Fault::busy;  // lock not to be had, cancelled, serialization
  if (state == "25006" || state == "42501") return Fault::read_only;              // a standby, or no right to it
  if (state == "XX001" || state == "XX002" || state == "58P01") return Fault::corrupt;  // of a table, of an index, a file is missing
  return Fault::other;
}

Failure failure_of_postgres(std::string_view name, Fault fault, std::string_view said) {
  return {fault, fmt::format("{}: {}: {}", name, on_one_line(said), cure_of(fault))};
}

}  // namespace starling::store
