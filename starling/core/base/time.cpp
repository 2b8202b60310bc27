#include "starling/core/base/time.hpp"

#include <algorithm>

namespace starling {
namespace {

using std::chrono::milliseconds;

/// Reads exactly `digits` decimal digits at the front of `text` and drops them.
std::optional<int> take_number(std::string_view& text, std::size_t digits) noexcept {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char wanted) noexcept {
  if (text.empty()) return false;
  const bool is_letter = wanted >= 'A' && wanted <= 'Z';  // RFC 3339 §5.6: T and Z may be written in lower case
  if (text.front() != wanted && !(is_letter && text.front() == (wanted | 0x20))) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string format_rfc3339(Timestamp time) {
  using namespace std::chrono;
  static constexpr auto kFirst = sys_days{year{0} / 1 / 1}.time_since_epoch();
  static constexpr auto kLast = sys_days{year{10000} / 1 / 1}.time_since_epoch() - milliseconds{1};
  const auto since_epoch = std::clamp<milliseconds>(time.time_since_epoch(), kFirst, kLast);
  const auto day = floor<days>(sys_time<milliseconds>{since_epoch});
  const year_month_day date{day};
  const hh_mm_ss clock{since_epoch - duration_cast<milliseconds>(day.time_since_epoch())};
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&text](std::size_t end, std::int64_t number) {  // its last digit stands before `end`
    for (; number > 0; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
  };
  put(4, int{date.year()});
  put(7, unsigned{date.month()});
  put(10, unsigned{date.day()});
  put(13, clock.hours().count());
  put(16, clock.minutes().count());
  put(19, clock.seconds().count());
  put(23, clock.subseconds().count());
  return text;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept {
  using namespace std::chrono;
  const auto years = take_number(text, 4);
  if (!years || !take(text, '-')) return std::nullopt;
  const auto months = take_number(text, 2);
  if (!months || !take(text, '-')) return std::nullopt;
  const auto day_of_month = take_number(text, 2);
  if (!day_of_month || !take(text, 'T')) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

  const year_month_day date{year{*years}, month{static_cast<unsigned>(*months)}, day{static_cast<unsigned>(*day_of_month)}};
  if (!date.ok()) return std::nullopt;

  int millis = 0;
  if (take(text, '.')) {
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
      if (digits < 3) millis = millis * 10 + (text[digits] - '0');
      ++digits;
    }
    if (digits == 0) return std::nullopt;
    for (std::size_t i = digits; i < 3; ++i) millis *= 10;
    text.remove_prefix(digits);
  }

  minutes offset{0};
  if (!take(text, 'Z')) {
    const bool behind = take(text, '-');
    if (!behind && !take(text, '+')) return std::nullopt;
    const auto offset_hours = take_number(text, 2);
    if (!offset_hours || !take(text, ':')) return std::nullopt;
    const auto offset_minutes = take_number(text, 2);
    if (!offset_minutes || *offset_hours > 23 || *offset_minutes > 59) return std::nullopt;
    offset = minutes{*offset_hours * 60 + *offset_minutes} * (behind ? -1 : 1);
  }
  if (!text.empty()) return std::nullopt;
  return Timestamp{sys_days{date}.time_since_epoch() + hours{*hour} + minutes{*minute} + seconds{*second} +
                   milliseconds{millis} - offset};
}

}  // namespace starling
