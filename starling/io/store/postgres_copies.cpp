#include "starling/io/store/postgres_copies.hpp"

#include <memory>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace starling::store {

namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

/// As one word of a shell.
std::string quoted(std::string_view text) {
  std::string word = "'";
  for (const char byte : text) {
    if (byte == '\'') word += R"('\'')";
    else word += byte;
  }
  return word + '\'';
}

/// What the URL says, without the password, as libpq reads it where a database is named. Empty if it cannot read the URL.
std::string address_of(std::string_view url) {
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options{PQconninfoParse(std::string{url}.c_str(), &complaint)};
  PQfreemem(complaint);
  std::string address;
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    if (option->val == nullptr || *option->val == '\0' || keyword == "password" || keyword == "sslpassword") continue;
    address += fmt::format("{}{}=", address.empty() ? "" : " ", keyword);
    for (const char byte : std::string_view{option->val}) {
      if (byte == ' ' || byte == '\'' || byte == '\\') address += '\\';
      address += byte;
    }
  }
  return address;
}

Failure told(std::string_view url, std::string_view what, std::string_view command, std::string_view end) {
  const std::string address = address_of(url);
  if (address.empty()) return {Fault::other, "postgresql://…: is no URL that libpq can read: write postgresql://user@host:port/database"};
  return {Fault::other, fmt::format("a PostgreSQL database is {} by PostgreSQL's own program: {} --dbname={}{}", what, command, quoted(address), end)};
}

}  // namespace

Failure told_to_dump(std::string_view url, const std::string& file) {
  return told(url, "copied", "pg_dump --schema=starling --format=custom", " --file=" + quoted(file));
}

Failure told_to_restore(std::string_view url, const std::string& file) {
  return told(url, "put back, once its server has stopped,", "pg_restore --clean --if-exists --single-transaction", " " + quoted(file));
}

}  // namespace starling::store
