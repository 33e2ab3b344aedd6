// Times llama.cpp where its cache already holds a text, which its own bench cannot (it has no such
// option at the version that we compare with): the cache is filled through the state interface with
// small random numbers, so no prompt has to be read first.
//   llamacpp-depth MODEL THREADS DEPTH pp|tg TOKENS
// prints tokens per second of one run, after one that is not counted.
#include "llama.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

static std::vector<uint8_t> state_of(llama_context *context) {
  std::vector<uint8_t> state(llama_state_seq_get_size(context, 0));
  llama_state_seq_get_data(context, state.data(), state.size(), 0);
  return state;
}

template <typename T>
static T take(const std::vector<uint8_t> &from, size_t &at) {
  T value;
  memcpy(&value, from.data() + at, sizeof value);
  at += sizeof value;
  return value;
}

template <typename T>
static void put(std::vector<uint8_t> &to, T value) {
  const auto *bytes = reinterpret_cast<const uint8_t *>(&value);
  to.insert(to.end(), bytes, bytes + sizeof value);
}

// Halves between 1/16 and 1/8 of either sign.
static void put_halves(std::vector<uint8_t> &to, size_t bytes) {
  static uint32_t seed = 1;
  for (size_t i = 0; i < bytes; i += 2) {
    seed = seed * 1664525u + 1013904223u;
    put<uint16_t>(to, static_cast<uint16_t>(0x2c00 | (seed >> 22 & 0x3ff) | (seed >> 16 & 0x8000)));
  }
}

// The state of a sequence of one token, made into one of `depth` tokens.
static std::vector<uint8_t> deep(const std::vector<uint8_t> &one, int depth) {
  size_t at = 0;
  std::vector<uint8_t> state;
  if (take<uint32_t>(one, at) != 1) abort();
  put<uint32_t>(state, depth);
  at += 8;
  for (int i = 0; i < depth; i++) {
    put<int32_t>(state, i);
    put<uint32_t>(state, 0);
  }
  const auto transposed = take<uint32_t>(one, at);
  const auto layers = take<uint32_t>(one, at);
  put(state, transposed);
  put(state, layers);
  for (uint32_t l = 0; l < layers; l++) {
    put(state, take<int32_t>(one, at));
    const auto row = take<uint64_t>(one, at);
    put(state, row);
    at += row;
    put_halves(state, row * depth);
  }
  for (uint32_t l = 0; l < layers; l++) {
    put(state, take<int32_t>(one, at));
    if (transposed) {
      const auto element = take<uint32_t>(one, at);
      const auto rows = take<uint32_t>(one, at);
      put(state, element);
      put(state, rows);
      at += static_cast<size_t>(element) * rows;
      put_halves(state, static_cast<size_t>(element) * rows * depth);
    } else {
      const auto row = take<uint64_t>(one, at);
      put(state, row);
      at += row;
      put_halves(state, row * depth);
    }
  }
  if (at != one.size()) abort();
  return state;
}

static void decode(llama_context *context, std::vector<llama_token> tokens) {
  if (llama_decode(context, llama_batch_get_one(tokens.data(), tokens.size())) != 0) {
    fprintf(stderr, "llama_decode failed\n");
    exit(1);
  }
}

int main(int count, char **values) {
  if (count != 6) {
    fprintf(stderr, "llamacpp-depth MODEL THREADS DEPTH pp|tg TOKENS\n");
    return 2;
  }
  const int threads = atoi(values[2]), depth = atoi(values[3]), tokens = atoi(values[5]);
  const bool prompt = std::string(values[4]) == "pp";
  llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
  llama_backend_init();
  llama_model *model = llama_model_load_from_file(values[1], llama_model_default_params());
  if (!model) return 1;
  llama_context_params params = llama_context_default_params();
  params.n_ctx = depth + tokens + 32;
  params.n_batch = params.n_ubatch = 512;
  params.n_threads = params.n_threads_batch = threads;
  llama_context *context = llama_init_from_model(model, params);
  if (!context) return 1;
  if (depth > 0) {
    decode(context, {1});
    const std::vector<uint8_t> state = deep(state_of(context), depth);
    if (llama_state_seq_set_data(context, state.data(), state.size(), 0) == 0) {
      fprintf(stderr, "the cache could not be filled\n");
      return 1;
    }
  }
  double best = 0;
  for (int run = 0; run < 2; run++) {
    llama_kv_cache_seq_rm(context, 0, depth, -1);
    const int some = run == 0 && !prompt ? 2 : tokens;
    const auto begin = std::chrono::steady_clock::now();
    if (prompt) {
      std::vector<llama_token> text(some);
      for (int i = 0; i < some; i++) text[i] = 1 + i % 997;
      decode(context, text);
    } else {
      for (int i = 0; i < some; i++) decode(context, {1 + i % 997});
    }
    llama_synchronize(context);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    best = some / took.count();
  }
  printf("%.4f\n", best);
  llama_free(context);
  llama_model_free(model);
  return 0;
}
