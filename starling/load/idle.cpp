// Subscribed connections to which nothing happens: what each costs the server that holds it.
//
// Memory is what the kernel says is resident, before anybody came and at the end: it is what the server took for them and for the ways of the
// allocator, over how many they are. What the kernel itself holds for a socket is not in it.
#include "starling/load/scenarios.hpp"

namespace starling::load {
namespace {

class Idle final : public Play {
 public:
  Idle(const LoadOptions& options, Door door, Progress progress) : Play(options, std::move(door), std::move(progress)) {}

 private:
  std::optional<CrowdHandlers> crowd() override {
    return CrowdHandlers{.subscription = [text = subscription_to(channel())](CrowdViewer&) { return text; }};
  }
  bool bears_losses() const override { return true; }
  void end_window() override {
    there_ = viewers().there();
    lost_ = viewers().lost();
    lost_total_ = viewers().lost_total();
    received_bytes_ = viewers().received_bytes();
  }

  void tell(Figures& figures) override {
    figures.add("connections", std::uint64_t{there_});
    figures.add("errors_total", lost_total_);
    figures.add("errors", lost_);
    figures.add("received_bytes_total", received_bytes_);
    if (!options().server_pid || there_ == 0) return;
    const auto per_connection = [&](std::size_t before, std::size_t at_end) { return (static_cast<double>(at_end) - static_cast<double>(before)) / static_cast<double>(there_); };
    figures.add("server_resident_bytes", std::uint64_t{server_at_end().resident_bytes});
    figures.add("server_resident_bytes_per_connection", per_connection(server_before().resident_bytes, server_at_end().resident_bytes));
    figures.add("server_anonymous_bytes_per_connection", per_connection(server_before().anonymous_bytes, server_at_end().anonymous_bytes));
    figures.add("server_descriptors", std::uint64_t{server_at_end().descriptors});
  }

  std::size_t there_ = 0;
  std::uint64_t lost_total_ = 0, received_bytes_ = 0;
  Tally lost_;
};

}  // namespace

std::unique_ptr<Play> make_idle(const LoadOptions& options, Door door, Progress progress) {
  return std::make_unique<Idle>(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
