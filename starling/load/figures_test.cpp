#include "starling/load/figures.hpp"

#include <doctest/doctest.h>

namespace starling::load {
namespace {

TEST_CASE("a table for people and a line for programs say the same, in the order given") {
  Figures figures;
  figures.add("scenario", std::string{"fan-out"});
  figures.add("deliveries_total", std::uint64_t{1'234'567});
  figures.add("p50_ms", 1.25);
  figures.add("exact", true);
  figures.add("errors", Tally{{"HTTP 429", 3}, {"a \"quoted\" one", 1'000}});
  CHECK(figures.table() ==
        "scenario          fan-out\n"
        "deliveries_total  1,234,567\n"
        "p50_ms            1.25\n"
        "exact             yes\n"
        "errors            3 × HTTP 429, 1,000 × a \"quoted\" one\n");
  CHECK(figures.json() == R"({"scenario":"fan-out","deliveries_total":1234567,"p50_ms":1.25,"exact":true,"errors":{"HTTP 429":3,"a \"quoted\" one":1000}})");
}

TEST_CASE("numbers of every size are readable") {
  Figures figures;
  figures.add("a", std::uint64_t{0});
  figures.add("b", std::uint64_t{999});
  figures.add("c", std::uint64_t{1'000});
  figures.add("d", 999.96);
  figures.add("e", 123'456.7);
  figures.add("f", 0.00123);
  CHECK(figures.table() == "a  0\nb  999\nc  1,000\nd  1000\ne  123,457\nf  0.00123\n");
  CHECK(figures.json() == R"({"a":0,"b":999,"c":1000,"d":999.96,"e":123457,"f":0.00123})");
}

TEST_CASE("kinds beyond twenty are counted together") {
  Tally tally;
  for (int kind = 0; kind < 30; ++kind) count(tally, std::to_string(kind));
  count(tally, "3");
  CHECK(tally.size() == 21);
  CHECK(tally["3"] == 2);
  CHECK(tally["19"] == 1);
  CHECK(tally["other reasons"] == 10);
}

TEST_CASE("a rate over no time is none, and so are quantiles of nothing") {
  Figures figures;
  figures.add_rate("x_per_second", 10, 0);
  figures.add_quantiles(Histogram{});
  CHECK(figures.json() == "{}");
  figures.add_rate("x_per_second", 10, 4);
  CHECK(std::get<double>(*figures.find("x_per_second")) == 2.5);
  CHECK(figures.find("y") == nullptr);
}

TEST_CASE("quantiles are of microseconds, in milliseconds") {
  Histogram histogram;
  for (std::uint64_t i = 1; i <= 100; ++i) histogram.record(i);
  Figures figures;
  figures.add_quantiles(histogram, "pan_");
  CHECK(figures.json() == R"({"pan_p50_ms":0.05,"pan_p90_ms":0.09,"pan_p99_ms":0.099,"pan_p99_9_ms":0.1,"pan_max_ms":0.1})");
}

}  // namespace
}  // namespace starling::load
