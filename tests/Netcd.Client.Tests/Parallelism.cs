// Clusters of processes share two cores with the tests that count milliseconds.
[assembly: Xunit.v3.Parallelization(MaxThreads = 3)]
