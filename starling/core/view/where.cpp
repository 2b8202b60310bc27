#include "starling/core/view/where.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/state/channel.hpp"
#include "starling/core/state/fields.hpp"

namespace starling::view {
namespace {

using Test = Condition::Test;

/// A record's value, read no further than comparing needs.
class Tested {
 public:
  explicit Tested(std::string_view text) noexcept : kind_(json::kind_of(text)), text_(text) {}
  [[nodiscard]] json::Kind kind() const noexcept { return kind_; }

  /// Its order relative to an operand of the same kind.
  [[nodiscard]] std::strong_ordering compare(const Operand& operand) {
    if (text_ == operand.text) return std::strong_ordering::equal;
    switch (kind_) {
      case json::Kind::number:
        if (!number_) number_.emplace(text_);
        return *number_ <=> operand.number;
      case json::Kind::string: {
        std::string_view inside = text_.substr(1, text_.size() - 2);
        if (inside.find('\\') != std::string_view::npos) {
          if (!decoded_) decoded_ = json::decode_inside(inside);
          inside = *decoded_;
        }
        return inside <=> std::string_view{operand.string};
      }
      case json::Kind::object:
      case json::Kind::array:
      case json::Kind::boolean:
      case json::Kind::null: return text_ <=> operand.text;
    }
    return std::strong_ordering::equal;
  }

  [[nodiscard]] bool is_one_of(const std::vector<Operand>& ascending) {
    std::size_t from = 0, upto = ascending.size();
    while (from < upto) {
      const std::size_t middle = from + (upto - from) / 2;
      const Operand& operand = ascending[middle];
      const std::strong_ordering order = kind_ == operand.kind ? compare(operand) : kind_ <=> operand.kind;
      if (order == std::strong_ordering::equal) return true;
      (order == std::strong_ordering::less ? upto : from) = order == std::strong_ordering::less ? middle : middle + 1;
    }
    return false;
  }

 private:
  json::Kind kind_;
  std::string_view text_;
  std::optional<Decimal> number_;
  std::optional<std::string> decoded_;
};

bool is_before(const Operand& a, const Operand& b) {
  if (a.kind != b.kind) return a.kind < b.kind;
  return Tested{a.text}.compare(b) == std::strong_ordering::less;
}

/// Values, each once, as they are compared.
std::vector<Operand> operands_of(std::vector<Operand> operands) {
  std::ranges::stable_sort(operands, is_before);
  const auto end = std::unique(operands.begin(), operands.end(), [](const Operand& a, const Operand& b) { return !is_before(a, b); });
  operands.erase(end, operands.end());
  return operands;
}

std::string text_of(const Operand& operand) {
  if (operand.kind == json::Kind::number) return operand.number.text();
  return operand.kind == json::Kind::string ? json::quoted(operand.string) : std::string{operand.text};
}

std::string_view text_of(Test test) noexcept {
  switch (test) {
    case Test::one_of: return "in";
    case Test::not_one_of: return "ne";
    case Test::less: return "lt";
    case Test::at_most: return "le";
    case Test::more: return "gt";
    case Test::at_least: return "ge";
    case Test::exists: return "exists";
    case Test::is_absent: return "absent";
  }
  return "";
}

std::string text_of(const Condition& condition) {
  std::string text = fmt::format("{}/{}:{}", condition.facet, json::quoted(condition.field), text_of(condition.test));
  for (const Operand& operand : condition.operands) text += ' ' + text_of(operand);
  return text;
}

struct Operation {
  Test test;
  std::vector<Operand> operands;
};

/// Fails with what is wrong.
Result<Operation, std::string> read_operation(std::string_view name, std::string_view value) {
  const json::Kind kind = json::kind_of(value);
  if (name == "ne") return Operation{Test::not_one_of, {Operand{value}}};
  if (name == "in") {
    if (kind != json::Kind::array) return Unexpected{std::string{"in is a list of values"}};
    std::vector<Operand> operands;
    for (const std::string_view element : json::Elements{value}) {
      if (operands.size() == kWhereValuesMax) return Unexpected{fmt::format("in lists at most {} values", kWhereValuesMax)};
      operands.emplace_back(element);
    }
    return Operation{Test::one_of, operands_of(std::move(operands))};
  }
  if (name == "exists") {
    if (kind != json::Kind::boolean) return Unexpected{std::string{"exists is true or false"}};
    return Operation{value == "true" ? Test::exists : Test::is_absent, {}};
  }
  for (const Test order : {Test::less, Test::at_most, Test::more, Test::at_least}) {
    if (name != text_of(order)) continue;
    if (kind != json::Kind::number && kind != json::Kind::string) return Unexpected{fmt::format("{} is a number or a string", name)};
    return Operation{order, {Operand{value}}};
  }
  return Unexpected{std::string{"an operator is lt, le, gt, ge, ne, in or exists"}};
}

}  // namespace

Operand::Operand(std::string_view compact_value)
    : kind(json::kind_of(compact_value)), text(compact_value), number(kind == json::Kind::number ? compact_value : std::string_view{"0"}) {
  if (kind == json::Kind::string) string = json::decode(compact_value);
}

bool Condition::holds(std::optional<std::string_view> value) const {
  switch (test) {
    case Test::exists: return value.has_value();
    case Test::is_absent: return !value;
    case Test::one_of: return value && Tested{*value}.is_one_of(operands);
    case Test::not_one_of: return !value || !Tested{*value}.is_one_of(operands);
    case Test::less:
    case Test::at_most:
    case Test::more:
    case Test::at_least: break;
  }
  const Operand& operand = operands.front();
  if (!value) return false;
  Tested tested{*value};
  if (tested.kind() != operand.kind) return false;
  const std::strong_ordering order = tested.compare(operand);
  if (order == std::strong_ordering::equal) return test == Test::at_most || test == Test::at_least;
  return (order == std::strong_ordering::less) == (test == Test::less || test == Test::at_most);
}

Result<Where, WhereError> Where::from(std::string_view compact_object) {
  const auto body = std::make_shared<Body>();
  body->named = state::Fields::from(compact_object);  // of duplicates the last counts, however they are written
  for (std::size_t i = 0; i < body->named.size(); ++i) {
    const auto [name, value] = body->named[i];
    const auto fault = [name = name](std::string message) { return Unexpected{WhereError{json::decode_inside(name), std::move(message)}}; };
    std::string facet, field{name};
    if (const std::size_t slash = field.find('/'); slash != std::string::npos) {
      facet = field.substr(0, slash);
      field.erase(0, slash + 1);
      if (!state::is_channel_name("space:" + facet)) return fault("before a / stands the name of a facet");
    }
    const auto add = [&](Operation operation) {
      body->conditions.push_back({facet, field, operation.test, std::move(operation.operands)});
      return body->conditions.size() <= kWhereConditionsMax;
    };
    const auto too_many = [] { return Unexpected{WhereError{{}, fmt::format("where has at most {} conditions", kWhereConditionsMax)}}; };
    if (json::kind_of(value) != json::Kind::object) {
      if (!add({Test::one_of, {Operand{value}}})) return too_many();
      continue;
    }
    const auto operators = state::Fields::from(value);
    if (operators.empty()) return fault("an object here names operators: lt, le, gt, ge, ne, in or exists");
    for (std::size_t o = 0; o < operators.size(); ++o) {
      auto operation = read_operation(operators[o].name, *json::find(value, json::decode_inside(operators[o].name)));
      if (!operation) return fault(std::move(operation).error());
      if (!add(std::move(*operation))) return too_many();
    }
  }
  if (body->conditions.empty()) return Where{};
  std::vector<std::string> texts;
  for (const Condition& condition : body->conditions) texts.push_back(text_of(condition));
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  body->text = fmt::format("where{{{}}}", fmt::join(texts, ","));
  Where where;
  where.body_ = body;
  return where;
}

const std::vector<Condition>& Where::conditions() const noexcept {
  static const std::vector<Condition> kNone;
  return body_ ? body_->conditions : kNone;
}

std::string_view Where::json() const noexcept { return body_ ? body_->named.text() : "{}"; }
std::string_view Where::text() const noexcept { return body_ ? std::string_view{body_->text} : std::string_view{}; }

}  // namespace starling::view
