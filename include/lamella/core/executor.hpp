// Runs independent tasks: one after another, on the cores of this machine, or however the caller does it.
#pragma once

#include <lamella/core/error.hpp>  // fail

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Number of a task → its work. May be called for several numbers at once.
using ExecutorTask = std::function<void(std::size_t)>;

/// Runs task(0) … task(count − 1), each once, in any order and in any threads, and comes back when all are done. What a task
/// throws comes out of it. Results never depend on which one was used: functions that take an executor divide their
/// work independently of it. One for a pool of one's own is a lambda:
/// `[&](std::size_t count, const ExecutorTask& task) { tbb::parallel_for(std::size_t{0}, count, task); }`.
template <class E>
concept TaskExecutor = std::invocable<E&, std::size_t, const ExecutorTask&>;

/// Any of them.
using Executor = std::function<void(std::size_t count, const ExecutorTask& task)>;

/// One after another, in the calling thread.
struct SerialExecutor {
  void operator()(std::size_t count, const ExecutorTask& task) const {
    for (std::size_t i = 0; i < count; ++i) task(i);
  }
};

/// In the calling thread and others beside it, started for the occasion.
class ThreadExecutor {
 public:
  /// As many threads as the machine has cores. Throws where `threads` is not 1 … 1024.
  explicit ThreadExecutor(std::size_t threads = std::max(1U, std::thread::hardware_concurrency())) : threads_(threads) {
    if (threads < 1 || threads > 1024) fail(std::to_string(threads) + " threads, expected 1 to 1024");
  }

  std::size_t threads() const noexcept { return threads_; }

  /// After a task has thrown, no other is begun; the first that threw is heard.
  void operator()(std::size_t count, const ExecutorTask& task) const {
    std::atomic<std::size_t> next{0};
    std::exception_ptr thrown;
    std::mutex mutex;
    const auto work = [&] {
#ifdef __cpp_exceptions
      try {
#endif
        for (std::size_t i = next++; i < count; i = next++) task(i);
#ifdef __cpp_exceptions
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!thrown) thrown = std::current_exception();
        next = count;
      }
#endif
    };
    {
      std::vector<std::jthread> others;
      for (std::size_t t = 1; t < std::min(threads_, count); ++t) others.emplace_back(work);
      work();
    }
#ifdef __cpp_exceptions
    if (thrown) std::rethrow_exception(thrown);
#endif
  }

 private:
  std::size_t threads_;
};

static_assert(TaskExecutor<SerialExecutor> && TaskExecutor<ThreadExecutor> && TaskExecutor<Executor>);

}  // namespace lamella
