#include <cstring>
#include <utility>

#include "starling/core/base/json.hpp"
#include "starling/core/base/json_bytes.hpp"
#include "starling/core/base/utf8.hpp"

namespace starling::json {
namespace {

using namespace detail;

/// Walks a text once. What stands between two pieces of white space is copied as one run, so text that is compact
/// already is copied in one go. The levels open are kept by their closing bracket: 15 of them need no memory of their
/// own.
class Gate {
 public:
  /// What has to be copied is copied to `room`.
  Gate(std::string_view text, std::string& room, std::size_t depth_max) noexcept
      : begin_(text.data()), end_(begin_ + text.size()), at_(begin_), run_(begin_), depth_max_(depth_max), room_(room) {}

  Result<std::string_view, Failure> compact() noexcept {
    if (!walk()) return Unexpected{failure_};
    if (out_ == nullptr) return std::string_view{run_, static_cast<std::size_t>(end_ - run_)};
    copy_run();
    room_.resize(static_cast<std::size_t>(out_ - room_.data()));
    return std::string_view{room_};
  }

 private:
  bool walk() noexcept {
    skip_space();
    while (true) {
      if (at_ == end_) return fail_here();
      switch (*at_) {
        case '{':
          if (!open('}')) return false;
          if (at_ != end_ && *at_ == '}') break;
          if (!name()) return false;
          continue;
        case '[':
          if (!open(']')) return false;
          if (at_ != end_ && *at_ == ']') break;
          continue;
        case '"':
          if (!string()) return false;
          break;
        case 't':
          if (!word("true")) return false;
          break;
        case 'f':
          if (!word("false")) return false;
          break;
        case 'n':
          if (!word("null")) return false;
          break;
        default:
          if (!number()) return false;
      }
      // After a value, or at the end of an empty object or array: close what closes here.
      skip_space();
      while (at_ != end_ && !closers_.empty() && *at_ == closers_.back()) {
        closers_.pop_back();
        ++at_;
        skip_space();
      }
      if (closers_.empty()) return at_ == end_ || fail_here();
      if (at_ == end_ || *at_ != ',') return fail_here();
      ++at_;
      skip_space();
      if (closers_.back() == '}' && !name()) return false;
    }
  }

  bool open(char closer) noexcept {
    if (closers_.size() >= depth_max_) return fail(Error::too_deep, at_);
    closers_.push_back(closer);
    ++at_;
    skip_space();
    return true;
  }

  /// A member's name and its colon.
  bool name() noexcept {
    if (at_ == end_ || *at_ != '"') return fail_here();
    if (!string()) return false;
    skip_space();
    if (at_ == end_ || *at_ != ':') return fail_here();
    ++at_;
    skip_space();
    return true;
  }

  bool string() noexcept {
    ++at_;
    while (true) {
      at_ = find_in_string<kMark | kControl | kForeign>(at_, end_);
      if (at_ == end_) return fail_here();
      if (*at_ == '"') {
        ++at_;
        return true;
      }
      if (*at_ == '\\') {
        if (!escape()) return false;
      } else if (is(*at_, kControl)) {
        return fail_here();
      } else {
        do {
          const std::size_t bytes = utf8_character_bytes({at_, static_cast<std::size_t>(end_ - at_)});
          if (bytes == 0) return fail(Error::utf8, at_);
          at_ += bytes;
        } while (at_ != end_ && is(*at_, kForeign));
      }
    }
  }

  bool escape() noexcept {
    const char* const start = at_++;
    if (at_ == end_) return fail_here();
    switch (*at_) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        ++at_;
        return true;
      case 'u':
        break;
      default:
        return fail_here();
    }
    std::uint32_t unit = 0;
    if (!hex(unit)) return false;
    if (is_low_surrogate(unit)) return fail(Error::lone_surrogate, start);
    if (!is_high_surrogate(unit)) return true;
    if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return fail(Error::lone_surrogate, start);
    ++at_;
    if (!hex(unit)) return false;
    return is_low_surrogate(unit) || fail(Error::lone_surrogate, start);
  }

  /// The `u` at hand and its four digits.
  bool hex(std::uint32_t& unit) noexcept {
    unit = 0;
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_) return fail_here();
      const int digit = hex_digit(*at_);
      if (digit < 0) return fail_here();
      unit = unit << 4 | static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  bool number() noexcept {
    if (*at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
      ++at_;  // a digit after it is no number: what comes next says so
    } else if (!digits()) {
      return false;
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return false;
    }
    return true;
  }

  /// At least one.
  bool digits() noexcept {
    if (at_ == end_ || !is(*at_, kDigit)) return fail_here();
    do ++at_;
    while (at_ != end_ && is(*at_, kDigit));
    return true;
  }

  bool word(std::string_view wanted) noexcept {
    for (const char letter : wanted) {
      if (at_ == end_ || *at_ != letter) return fail_here();
      ++at_;
    }
    return true;
  }

  void skip_space() noexcept {
    if (at_ == end_ || !is(*at_, kSpace)) return;
    if (at_ != run_) copy_run();  // space before the value costs a compact text nothing
    do ++at_;
    while (at_ != end_ && is(*at_, kSpace));
    run_ = at_;
  }

  /// What stands from `run_` to here.
  void copy_run() noexcept {
    if (out_ == nullptr) {
      room_.resize(static_cast<std::size_t>(end_ - begin_));
      out_ = room_.data();
    }
    // Most runs are a name or a number; a copy of fixed length is two instructions. What it writes too much is
    // written over by the next run, and stays within: the copy is as long as the text and never ahead of it.
    static constexpr std::size_t kShortBytes = 16;
    const auto bytes = static_cast<std::size_t>(at_ - run_);
    if (bytes <= kShortBytes && static_cast<std::size_t>(end_ - run_) >= kShortBytes) {
      std::memcpy(out_, run_, kShortBytes);
    } else {
      std::memcpy(out_, run_, bytes);
    }
    out_ += bytes;
  }

  bool fail(Error error, const char* where) noexcept {
    failure_ = {error, static_cast<std::size_t>(where - begin_)};
    return false;
  }
  bool fail_here() noexcept { return fail(Error::syntax, at_); }

  const char* begin_;
  const char* end_;
  const char* at_;
  const char* run_;  ///< start of what is not copied yet
  std::size_t depth_max_;
  std::string closers_;  ///< closing brackets of the levels open, outermost first
  std::string& room_;    ///< what stands before run_, if white space was found
  char* out_ = nullptr;  ///< where the next run goes in it; null until there is one
  Failure failure_{};
};

}  // namespace

Result<std::string, Failure> compact(std::string_view text, std::size_t depth_max) noexcept {
  std::string room;
  const auto compact = Gate{text, room, depth_max}.compact();
  if (!compact) return Unexpected{compact.error()};
  if (compact->data() == room.data()) return room;
  return std::string{*compact};
}

Result<std::string_view, Failure> compact(std::string_view text, std::string& room, std::size_t depth_max) noexcept {
  return Gate{text, room, depth_max}.compact();
}

}  // namespace starling::json
