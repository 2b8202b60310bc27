#include "starling/server/store_reader.hpp"

namespace starling {

StoreReader::StoreReader(std::string url, std::string folder) : url_(std::move(url)), folder_(std::move(folder)), thread_([this] { run(); }) {}

StoreReader::~StoreReader() {
  {
    const std::scoped_lock lock{mutex_};
    is_ending_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

bool StoreReader::ask(Question question) {
  const std::scoped_lock lock{mutex_};
  if (waiting_.size() == kWaitingMax) return false;
  waiting_.push_back(std::move(question));
  wake_.notify_one();
  return true;
}

void StoreReader::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    wake_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (is_ending_) return;  // whoever waits goes with the server
    const Question question = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    question(connected());
    lock.lock();
  }
}

Result<store::Store*, store::Failure> StoreReader::connected() {
  if (!store_) {
    auto opened = store::open_store(url_, {.folder = folder_, .read_only = true});
    if (!opened) return Unexpected{opened.error()};
    store_ = std::move(*opened);
  } else if (!store_->life()) {  // a connection that was lost says so until it is made anew
    if (const auto opened = store_->reopen(); !opened) return Unexpected{opened.error()};
  }
  return store_.get();
}

}  // namespace starling
