#include <lamella/core/executor.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

using namespace lamella;

TEST_CASE("every executor runs each task once") {
  for (const Executor& executor : {Executor(SerialExecutor{}), Executor(ThreadExecutor{}), Executor(ThreadExecutor(1)), Executor(ThreadExecutor(7))})
    for (const std::size_t count : {0U, 1U, 5U, 1000U}) {
      CAPTURE(count);
      std::vector<std::atomic<int>> calls(count);
      executor(count, [&](std::size_t i) { ++calls[i]; });
      std::size_t once = 0;
      for (const auto& n : calls) once += n == 1;
      CHECK(once == count);
    }
}

TEST_CASE("threads work at once") {
  std::atomic<int> waiting = 0;
  // Neither task ends before both have begun.
  ThreadExecutor(2)(2, [&](std::size_t) {
    ++waiting;
    while (waiting < 2) std::this_thread::yield();
  });
  CHECK(waiting == 2);
}

TEST_CASE("what a task throws comes out of the executor, and no other task is begun") {
  for (const std::size_t threads : {1U, 3U}) {
    std::atomic<int> begun = 0;
    const ThreadExecutor executor(threads);
    const ExecutorTask task = [&](std::size_t i) {
      ++begun;
      if (i == 4) fail("task 4");
    };
    CHECK_THROWS_WITH_AS(executor(10'000, task), "task 4", Error);
    CHECK(begun >= 5);
    CHECK(begun < 10'000);
  }
  CHECK_THROWS_WITH_AS(ThreadExecutor(0), "0 threads, expected 1 to 1024", Error);
  CHECK_THROWS_WITH_AS(ThreadExecutor(1025), "1025 threads, expected 1 to 1024", Error);
}
