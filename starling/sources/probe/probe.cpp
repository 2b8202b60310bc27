#include "starling/sources/probe/probe.hpp"

#include <signal.h>

#include <algorithm>

#include "starling/core/base/check.hpp"
#include "starling/core/state/channel.hpp"
#include "starling/sources/probe/watch.hpp"

namespace starling::sources::probe {
namespace {

// Of a target that is being asked: two addresses are tried at once, and a lookup has a pair of sockets of its own.
constexpr std::size_t kDescriptorsPerTarget = 4;
constexpr std::size_t kDescriptorsOfAll = 8;  // libcurl's wake-up, certificates while they are read

}  // namespace

Result<std::unique_ptr<ProbeSource>, std::vector<ProbeOptionError>> ProbeSource::from(ProbeOptions options, Sink& sink, Clock clock) {
  STARLING_CHECK(static_cast<bool>(clock));
  std::vector<ProbeUrl> urls;
  std::vector<ProbeOptionError> wrong;
  for (std::size_t i = 0; i < options.targets.size(); ++i) {
    const TargetOptions& target = options.targets[i];
    STARLING_CHECK(state::is_key(target.key) && target.every > Duration::zero() && target.timeout > Duration::zero(), i);
    auto url = read_probe_url(target.url);
    if (!url) {
      wrong.push_back({i, "url", std::string{url.error()}});
      continue;
    }
    if (!target.ca_file.empty() && !url->is_tls) wrong.push_back({i, "ca_file", "certificates need https://"});
    urls.push_back(std::move(*url));
  }
  if (!wrong.empty()) return Unexpected{std::move(wrong)};
  return std::make_unique<ProbeSource>(Checked{std::move(options), std::move(urls)}, sink, std::move(clock));
}

ProbeSource::ProbeSource(Checked checked, Sink& sink, Clock clock)
    : checked_(std::move(checked)), sink_(sink), clock_(std::move(clock)), ledger_(std::make_unique<Ledger>()) {}

ProbeSource::~ProbeSource() { stop(); }

void ProbeSource::start() {
  const std::lock_guard lock{mutex_};
  if (watch_) return;
  {
    const std::lock_guard ledger_lock{ledger_->mutex};
    ledger_->status.connection = ConnectionState::connected;
  }
  watch_ = std::make_unique<Watch>(checked_, sink_, clock_, *ledger_);
  // Signals are for the program's own threads; and OpenSSL may write to a closed socket (SIGPIPE).
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  STARLING_CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
  thread_ = std::thread{[watch = watch_.get()] { watch->run(); }};
  STARLING_CHECK(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}

void ProbeSource::stop() {
  {
    const std::lock_guard lock{mutex_};
    if (!watch_) return;
    watch_->stop();
  }
  thread_.join();
  const std::lock_guard lock{mutex_};
  watch_.reset();
  const std::lock_guard ledger_lock{ledger_->mutex};
  ledger_->status.connection = ConnectionState::stopped;
}

SourceStatus ProbeSource::status() const {
  const std::lock_guard lock{ledger_->mutex};
  return ledger_->status;
}

std::size_t ProbeSource::descriptors_max() const noexcept {
  const auto services = static_cast<std::size_t>(std::ranges::count_if(checked_.options.targets, &TargetOptions::is_service));
  const std::size_t receivers = std::min(checked_.options.targets.size() - services, kReceiversAtOnceMax);
  return kDescriptorsOfAll + kDescriptorsPerTarget * (services + receivers);
}

void ProbeSource::ask_all(RoundDone done) {
  {
    const std::lock_guard lock{mutex_};
    if (watch_) return watch_->ask_all(std::move(done));
  }
  done(std::nullopt);
}

}  // namespace starling::sources::probe
