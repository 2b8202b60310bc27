#include "starling/server/taking_up.hpp"

#include <string>
#include <vector>

#include "starling/core/log/batch_text.hpp"

namespace starling {
namespace {

/// Batches are written down in portions of about so many bytes.
constexpr std::size_t kPortionBytes = 4 << 20;

}  // namespace

Result<store::TakenUp, store::Failure> read_kept(store::Store& store, hub::Hub& hub, Timestamp now) {
  const auto life = store.life();
  if (!life) return Unexpected{life.error()};
  store::TakingUp taking_up{[&hub](std::string_view name) { return hub.open_channel(name); }};
  if (const auto read = store.read_state(taking_up); !read) return Unexpected{read.error()};
  std::vector<std::string> log;
  if (*life && (*life)->is_clean) {
    const auto read = store.read_log([&](const store::LogText& batch) {
      log.emplace_back(batch.text);
      return true;
    });
    if (!read) return Unexpected{read.error()};
  }
  return taking_up.take(*life, log, now);
}

Result<void, store::Failure> keep(store::Store& store, const log::Log& log, Timestamp now) {
  std::vector<std::string> texts;
  std::vector<state::Seq> seqs;
  std::size_t bytes = 0;
  Result<void, store::Failure> kept{};
  const auto write = [&] {
    std::vector<store::LogText> rows;
    for (std::size_t i = 0; i < texts.size(); ++i) rows.push_back({seqs[i], texts[i]});
    if (kept && !rows.empty()) kept = store.keep_log(rows);
    texts.clear();
    seqs.clear();
    bytes = 0;
  };
  log.for_each([&](const log::Batch& batch) {
    texts.push_back(log::write_batch(batch));
    seqs.push_back(batch.seq);
    bytes += texts.back().size();
    if (bytes >= kPortionBytes) write();
  });
  write();
  return kept ? store.end_life(log.head(), now) : kept;
}

}  // namespace starling
