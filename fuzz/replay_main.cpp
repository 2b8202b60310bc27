/// @file
/// Runs a fuzz target over the inputs in the folders given, without libFuzzer: what was found once stays found.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

/// libFuzzer's, for the mutators of targets that have one; without it nothing is mutated.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size, std::size_t) { return size; }

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER...\n", argv[0]);
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    std::error_code failed;
    std::vector<fs::path> inputs;
    for (const fs::directory_entry& entry : fs::directory_iterator{argv[i], failed}) {
      if (entry.is_regular_file()) inputs.push_back(entry.path());
    }
    std::sort(inputs.begin(), inputs.end());
    for (const fs::path& input : inputs) {
      std::ifstream file{input, std::ios::binary};
      const std::vector<char> content{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
      // A target that fails ends the process, so the name goes out first.
      std::printf("%s\n", input.filename().c_str());
      std::fflush(stdout);
      // A copy of exactly that size: a sanitizer sees a look beyond its end.
      const std::vector<std::uint8_t> bytes(content.begin(), content.end());
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::printf("%zu inputs in %s\n", inputs.size(), argv[i]);
    if (inputs.empty()) {
      std::fprintf(stderr, "no input in %s%s%s\n", argv[i], failed ? ": " : "",
                   failed ? failed.message().c_str() : "");
      return 1;
    }
  }
  return 0;
}
